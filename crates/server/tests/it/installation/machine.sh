# Prelude of the shell in which the set-up of docs/operations.md is followed. Paths and ports in its commands have been
# replaced. Programs that would change the machine are replaced by functions here.
#
# The test sets: ROOT (the directory for all files), REPOSITORY, FLEETWATCH (the program), REDIS_PORT, PROXY_HTTP_PORT
# and PROXY_HTTPS_PORT, and the variables of PostgreSQL's clients for its own cluster.

set -Eeuo pipefail
EXAMPLE='before the first command'
trap 'echo "FAILED: $EXAMPLE: $BASH_COMMAND" >&2' ERR
PATH=$ROOT/usr/local/bin:$PATH:/usr/sbin
mkdir -p "$ROOT"/{checkout/target/release,etc/{haproxy,redis,systemd/system},run,tmp,usr/local/bin,var/{backups,log}}
cd "$ROOT/checkout"
ln -s "$REPOSITORY/deploy" deploy

# The configuration of Redis as Debian installs it, but with another port and without saving.
cat >"$ROOT/etc/redis/redis.conf" <<REDIS
bind 127.0.0.1
port $REDIS_PORT
dir $ROOT/tmp
save ""
REDIS

give_up() {
    echo "FAILED: $EXAMPLE: $*" >&2
    exit 1
}

eventually() {
    local deadline=$((SECONDS + 30))
    until "$@"; do
        ((SECONDS < deadline)) || give_up "timed out: $*"
        sleep 0.1
    done
}

# Every user of the set-up is the one that runs the test.
sudo() {
    [[ $1 != -u ]] || shift 2
    "$@"
}

# Checks that all of these programs are installed. Functions of the same name do not count.
are_there() {
    local program
    for program in "$@"; do
        type -P "$program" || return
    done
}

# Installs nothing. The programs of the packages must be there.
apt-get() {
    local package
    [[ $1 == install ]] || return 0
    for package in "${@:2}"; do
        case $package in
            --yes) ;;
            build-essential) are_there cc make ;;
            curl | openssl | haproxy | redis-server) are_there "$package" ;;
            postgresql) are_there pg_dump psql createdb ;;
            python3-websockets) /usr/bin/python3 -c 'import websockets' ;;
            *) give_up "the package $package is not known" ;;
        esac >/dev/null || give_up "the package $package is not installed; deploy/test.sh installs it"
    done
}

# Builds nothing. The program is the one that was built with the test.
cargo() {
    [[ "$*" == 'build --release --locked --package server' ]] || give_up "cargo $* is not known"
    [[ -d $REPOSITORY/crates/server ]] || give_up 'there is no crate server'
    ln -sf "$FLEETWATCH" target/release/fleetwatch
}

# Users and groups are omitted, and the program is linked instead of copied.
install() {
    local arguments=()
    while (($#)); do
        case $1 in
            -o | -g) shift ;;
            target/release/fleetwatch) arguments+=("$PWD/$1") ;;
            *) arguments+=("$1") ;;
        esac
        shift
    done
    if [[ ${arguments[0]} == */target/release/fleetwatch ]]; then
        ln -sf "${arguments[@]}"
    else
        command install "${arguments[@]}"
    fi
}

adduser() {
    [[ "${*:1:3} ${*: -1}" == '--system --group --home fleetwatch' ]] || give_up "adduser $* is not known"
    mkdir -p "$4"
}

# PostgreSQL runs already. The others are started in the foreground, so that they exit with the test.
service() {
    case "$*" in
        'postgresql start') ;;
        'redis-server start')
            redis-server "$ROOT/etc/redis/redis.conf" >"$ROOT/var/log/redis.log" &
            eventually redis-cli ping >/dev/null 2>&1
            ;;
        'haproxy restart') haproxy -db -f "$ROOT/etc/haproxy/haproxy.cfg" >"$ROOT/var/log/haproxy.log" 2>&1 & ;;
        *) give_up "service $* is not known" ;;
    esac
}

# Only root can change the user and the root directory of the process, and listen on the usual ports. The configuration
# is made from a file of the repository, so its paths have not been replaced.
haproxy() {
    [[ ${*: -2:1} == -f ]] || give_up "haproxy $* is not known"
    sed -E "/^ *(user|group|chroot) /d
        s|^( *maxconn) .*|\1 1000|
        s|^( *bind) :80\$|\1 127.0.0.1:$PROXY_HTTP_PORT|
        s|^( *bind) :443 |\1 127.0.0.1:$PROXY_HTTPS_PORT |
        s| /etc/haproxy/| $ROOT/etc/haproxy/|" "${*: -1}" >"$ROOT/tmp/haproxy.cfg"
    command haproxy "${@:1:$#-1}" "$ROOT/tmp/haproxy.cfg"
}

redis-cli() {
    command redis-cli -p "$REDIS_PORT" "$@"
}

# Starts a program in the background, and waits for it to exit when it is stopped.
start-stop-daemon() {
    local mode= output=/dev/null pidfile= program=
    while (($#)); do
        case $1 in
            --start | --stop) mode=$1 ;;
            --background | --make-pidfile | --remove-pidfile) ;;
            --output) output=$2 && shift ;;
            --pidfile) pidfile=$2 && shift ;;
            --exec) program=$2 && shift ;;
            --chuid | --retry) shift ;;
            --) shift && break ;;
            *) give_up "start-stop-daemon $1 is not known" ;;
        esac
        shift
    done
    if [[ $mode == --start ]]; then
        "$program" "$@" >>"$output" 2>&1 </dev/null &
        echo $! >"$pidfile"
    else
        local pid
        pid=$(<"$pidfile")
        kill "$pid"
        wait "$pid" || give_up "the server does not stop by itself: $(tail -3 "$ROOT/var/log/fleetwatch.log")"
        rm "$pidfile"
    fi
}

# Starts and stops the command that the settings on this machine give to the unit.
systemctl() {
    local unit=$ROOT/etc/systemd/system/fleetwatch.service command
    case "$*" in
        daemon-reload) ;;
        'enable --now fleetwatch' | 'start fleetwatch')
            [[ -s $unit ]] || give_up 'there is no unit'
            read -ra command < <(sed -n 's/^ExecStart=\(.\)/\1/p' "$unit.d/settings.conf")
            start-stop-daemon --start --output "$ROOT/var/log/fleetwatch.log" --pidfile "$ROOT/run/unit.pid" \
                --exec "${command[0]}" -- "${command[@]:1}"
            ;;
        'stop fleetwatch') start-stop-daemon --stop --pidfile "$ROOT/run/unit.pid" ;;
        'restart fleetwatch')
            systemctl stop fleetwatch
            systemctl start fleetwatch
            ;;
        *) give_up "systemctl $* is not known" ;;
    esac
}
