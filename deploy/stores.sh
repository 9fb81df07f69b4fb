#!/usr/bin/env bash
# Runs private PostgreSQL and Redis servers for development, on separate ports, with their data in .fleetwatch/.
#
#   eval "$(deploy/stores.sh up)"    starts them, and prints the variables that fleetwatch needs to find them
#   deploy/stores.sh down            stops them; the data is kept
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh

postgres_port=${STORES_POSTGRES_PORT:-5439}
redis_port=${STORES_REDIS_PORT:-6389}

# PostgreSQL refuses to run as root. Its own user may have no access to root's directories, or to .fleetwatch if a
# server has created it for its key.
run=()
home=$PWD/.fleetwatch/stores
if [[ $(id -u) == 0 ]]; then
    id postgres >/dev/null 2>&1 || give_up "root cannot run PostgreSQL, and there is no user postgres that could"
    run=(runuser -u postgres --)
    mkdir -p "$home"
    "${run[@]}" test -x "$home" || home=/var/tmp/fleetwatch-stores${PWD//\//-}
fi

programs=$(postgres_programs) || give_up "PostgreSQL is not installed; run deploy/test.sh install"
is_there redis-server || give_up "Redis is not installed; run deploy/test.sh install"

# Runs a program of PostgreSQL in a directory that every user may enter.
postgres() {
    local program=$1
    shift
    (cd / && "${run[@]}" "$programs/$program" "$@")
}

postgres_runs() {
    postgres pg_ctl --pgdata="$home/postgres" status >/dev/null 2>&1
}

redis_runs() {
    [[ -f $home/redis/pid ]] && kill -0 "$(<"$home/redis/pid")" 2>/dev/null
}

# Creates PostgreSQL's files, with a database. They are created elsewhere and then moved, so they are never incomplete.
make_postgres() {
    local new=$home/postgres.new
    rm -rf "$new"
    mkdir "$new"
    [[ $(id -u) != 0 ]] || chown postgres: "$new"
    postgres initdb --pgdata="$new" --username=fleetwatch --auth=trust --encoding=UTF8 --locale=C \
        --no-instructions >/dev/null
    echo 'CREATE DATABASE fleetwatch' | postgres postgres --single -j -c log_checkpoints=off -D "$new" postgres >/dev/null
    mv "$new" "$home/postgres"
}

up() {
    mkdir -p "$home/redis"
    # Not `a || b`, because bash does not stop at a failure within it.
    if [[ ! -d $home/postgres ]]; then
        make_postgres
    fi
    if ! postgres_runs; then
        postgres pg_ctl --pgdata="$home/postgres" --log="$home/postgres/server.log" --wait --silent start \
            --options "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" >&2 ||
            give_up "PostgreSQL did not start; see $home/postgres/server.log"
    fi
    if ! redis_runs; then
        redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$home/redis" --daemonize yes \
            --pidfile "$home/redis/pid" --logfile "$home/redis/server.log" --save 60 1 >&2
        wait_for_redis
    fi
    say "PostgreSQL on 127.0.0.1:$postgres_port and Redis on 127.0.0.1:$redis_port; data in $home"
    printf 'export FLEETWATCH_DATABASE__URL=postgres://fleetwatch@127.0.0.1:%s/fleetwatch\n' "$postgres_port"
    printf 'export FLEETWATCH_REDIS__URL=redis://127.0.0.1:%s\n' "$redis_port"
}

wait_for_redis() {
    for _ in {1..100}; do
        [[ $(redis-cli -p "$redis_port" ping 2>/dev/null) == PONG ]] && redis_runs && return
        sleep 0.1
    done
    give_up "Redis did not start; see $home/redis/server.log"
}

down() {
    if postgres_runs; then
        postgres pg_ctl --pgdata="$home/postgres" --mode=fast --wait --silent stop >&2
    fi
    if redis_runs; then
        redis-cli -p "$redis_port" shutdown
    fi
}

case "${1:-}" in
    up) up ;;
    down) down ;;
    *) give_up "deploy/stores.sh up|down" ;;
esac
