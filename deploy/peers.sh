#!/usr/bin/env bash
# Installs the servers with which `just bench-peers` compares fleetwatch:
#
#   socket-io   Socket.IO on Node.js, fed by Redis Pub/Sub through ioredis
#   nchan       nginx with the nchan module
#   mosquitto   an MQTT broker, used over WebSocket
#   nats        nats-server, used over WebSocket
#
# The npm packages go into .fleetwatch/peers, the others are Debian packages (as root or with sudo). Their servers are
# stopped after the installation; the benchmark starts its own on free ports. What is there already is kept, so later
# runs need no network.
#
# For each of them, .fleetwatch/peers gets a file NAME.version with the versions, or NAME.missing with the reason why it
# could not be installed. The benchmark leaves out those that are missing, and reports the reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh

readonly SOURCES=$PWD/crates/bench/peers/socket-io
readonly PEERS=$PWD/.fleetwatch/peers

# Prints the path of a program. Debian keeps servers out of the PATH of ordinary users.
program() {
    PATH=$PATH:/usr/sbin:/sbin type -P "$1"
}

nchan_module() {
    local nginx modules
    nginx=$(program nginx) || return
    modules=$("$nginx" -V 2>&1 | sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p')
    [[ -f ${modules:=/usr/lib/nginx/modules}/ngx_nchan_module.so ]] || return
    printf '%s\n' "$modules/ngx_nchan_module.so"
}

missing_packages() {
    # Required for fleetwatch itself, which is measured in the same run.
    is_there redis-server || printf '%s\n' redis-server
    postgres_programs >/dev/null || printf '%s\n' postgresql
    node_is_there || printf '%s\n' nodejs npm
    program nginx >/dev/null || printf '%s\n' nginx
    nchan_module >/dev/null || printf '%s\n' libnginx-mod-nchan
    program mosquitto >/dev/null || printf '%s\n' mosquitto
    program nats-server >/dev/null || printf '%s\n' nats-server
}

# Prints those of the packages that the system's package sources have.
available() {
    local package
    for package in "$@"; do
        if apt-cache show "$package" >/dev/null 2>&1; then printf '%s\n' "$package"; fi
    done
}

install_missing() {
    local missing packages
    mapfile -t missing < <(missing_packages)
    if ((!${#missing[@]})) || ! can_install; then return; fi
    mapfile -t packages < <(available "${missing[@]}")
    if ((${#packages[@]} < ${#missing[@]})); then
        # The lists may be missing or old.
        as_root apt-get update -q
        mapfile -t packages < <(available "${missing[@]}")
    fi
    if ((${#packages[@]})); then install_packages "${packages[@]}" >&2; fi
}

# Returns the reason why a package is not installed.
reason() {
    if ! is_there apt-get; then
        printf '%s\n' "$1 is not installed, and this is neither Debian nor Ubuntu"
    elif ! can_install; then
        printf '%s\n' "$1 is not installed, and installing it needs root or sudo"
    else
        printf '%s\n' "the package sources of this system have no package $1"
    fi
}

found() {
    printf '%s\n' "$2" >"$PEERS/$1.version"
    say "$1: $2"
}

missing() {
    printf '%s\n' "$2" >"$PEERS/$1.missing"
    say "$1: missing: $2"
}

first_number() {
    grep --only-matching --max-count=1 '[0-9][0-9.]*[0-9]' | head -n 1
}

set_up_socket_io() {
    if ! node_is_there; then
        missing socket-io "$(reason nodejs)"
        return
    fi
    mkdir -p "$PEERS/socket-io"
    cd "$PEERS/socket-io"
    cp --preserve=timestamps "$SOURCES"/{.npmrc,package.json,package-lock.json,server.mjs} .
    if [[ ! node_modules/.package-lock.json -nt package-lock.json ]] &&
        ! npm ci --ignore-scripts --prefer-offline --no-progress >&2; then
        missing socket-io "its npm packages could not be fetched"
        return
    fi
    version_of() { node --print "JSON.parse(fs.readFileSync('node_modules/$1/package.json')).version"; }
    found socket-io "socket.io $(version_of socket.io), ioredis $(version_of ioredis), Node.js $(node --print process.versions.node)"
}

set_up_nchan() {
    local nginx module nchan
    if ! nginx=$(program nginx); then
        missing nchan "$(reason nginx)"
    elif ! module=$(nchan_module); then
        missing nchan "$(reason libnginx-mod-nchan)"
    else
        ln -sf "$nginx" "$PEERS/nginx"
        ln -sf "$module" "$PEERS/ngx_nchan_module.so"
        nchan=$(dpkg-query --show --showformat '${Version}' libnginx-mod-nchan 2>/dev/null | sed 's/^[0-9]*://; s/[+-].*//') || true
        found nchan "nginx $("$nginx" -v 2>&1 | first_number), nchan ${nchan:-of unknown version}"
    fi
}

set_up_mosquitto() {
    local mosquitto
    if ! mosquitto=$(program mosquitto); then
        missing mosquitto "$(reason mosquitto)"
        return
    fi
    ln -sf "$mosquitto" "$PEERS/mosquitto"
    # `mosquitto -h` reports the version, and a failure.
    found mosquitto "mosquitto $({ "$mosquitto" -h || true; } | first_number)"
}

set_up_nats() {
    local nats
    if ! nats=$(program nats-server); then
        missing nats "$(reason nats-server)"
        return
    fi
    ln -sf "$nats" "$PEERS/nats-server"
    found nats "nats-server $("$nats" --version | first_number)"
}

install_missing
mkdir -p "$PEERS"
rm -f "$PEERS"/*.version "$PEERS"/*.missing
for peer in socket_io nchan mosquitto nats; do
    ("set_up_$peer")
done
