# Functions shared by the scripts that source this file.

# The directory of PostgreSQL's programs, the newest version first; Debian keeps it out of PATH.
postgres_programs() {
    local directory
    for directory in $(printf '%s\n' "${PATH//:/$'\n'}") \
        $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort --version-sort --reverse); do
        if [[ -x $directory/initdb && -x $directory/pg_ctl && -x $directory/postgres ]]; then
            printf '%s\n' "$directory"
            return
        fi
    done
    return 1
}

is_there() {
    command -v "$1" >/dev/null 2>&1
}

# Checks for a program that Debian keeps out of the PATH of users.
server_is_there() {
    PATH=$PATH:/usr/sbin:/sbin is_there "$1"
}

# Checks for the version of Node.js that GraphiQL's bundle needs.
node_is_there() {
    is_there npm && is_there node && (($(node --print 'process.versions.node.split(".")[0]') >= 18))
}

# Finds a browser of the Chromium family, under any of the names that distributions use.
browser_is_there() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if is_there "$name"; then return; fi
    done
    return 1
}

# Exit status of deploy/assets.sh if Node.js or the npm registry is not available, which is not an error.
readonly NOT_TO_BE_HAD=3

say() {
    printf '%s\n' "$*" >&2
}

give_up() {
    say "error: $*"
    exit 1
}

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

can_install() {
    is_there apt-get && { [[ $(id -u) == 0 ]] || is_there sudo; }
}

# Installs Debian packages. Debian starts servers when it installs them. The scripts only need the programs, so no
# PostgreSQL cluster is created, and a server that was just installed is stopped. A server that existed before is left
# alone.
install_packages() {
    local packages=("$@")
    local by_hand="install by hand: ${packages[*]}"
    is_there apt-get || give_up "this is neither Debian nor Ubuntu; $by_hand"
    can_install || give_up "this needs root or sudo; $by_hand"

    say "installing ${packages[*]}"
    local no_cluster=/etc/postgresql-common/createcluster.d/fleetwatch-tests.conf
    if [[ " ${packages[*]} " == *" postgresql "* ]]; then
        as_root mkdir -p "${no_cluster%/*}"
        as_root sh -c "echo 'create_main_cluster = false' > $no_cluster"
    fi
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}"
    as_root rm -f "$no_cluster"
    local package
    for package in "${packages[@]}"; do
        case $package in
            redis-server | nginx | mosquitto | nats-server | prometheus | haproxy) stop_server "$package" ;;
        esac
    done
}

# Stops the server of a package, now and when the system starts.
stop_server() {
    if [[ -d /run/systemd/system ]]; then
        as_root systemctl disable --now "$1.service"
    else
        as_root sh -c "[ ! -x /etc/init.d/$1 ] || /etc/init.d/$1 stop" >&2 || true
    fi
}
