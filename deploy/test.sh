#!/usr/bin/env bash
# Everything that a change has to pass: formatting, lints, all tests.
#
#   deploy/test.sh            all of it
#   deploy/test.sh install    only what has to be on the machine
#   deploy/test.sh lint       formatting and lints
#   deploy/test.sh test       the tests
#
# On Debian and Ubuntu the first run installs what is missing (as root or with sudo); later ones need no network.
# The tests start PostgreSQL and Redis servers of their own and stop them; none of the system's is touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh

step() {
    say "== $*"
    "$@"
}

missing_packages() {
    is_there cc || printf '%s\n' gcc libc6-dev
    # The allocator is built by it.
    is_there make || printf '%s\n' make
    # TLS to Redis is checked against the system's roots, which a bare system does not have.
    [[ -s /etc/ssl/certs/ca-certificates.crt ]] || printf '%s\n' ca-certificates
    is_there git || printf '%s\n' git
    # The examples of the documentation use it.
    is_there curl || printf '%s\n' curl
    is_there redis-server || printf '%s\n' redis-server
    postgres_programs >/dev/null || printf '%s\n' postgresql
    node_is_there || printf '%s\n' nodejs npm
    # The screen is tried in a real browser.
    browser_is_there || printf '%s\n' chromium
    # The Python example of docs/websocket.md uses them.
    /usr/bin/python3 -c 'import websockets, msgpack' 2>/dev/null || printf '%s\n' python3-websockets python3-msgpack
}

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    local packages=("$@")
    local by_hand="install by hand: ${packages[*]}"
    is_there apt-get || give_up "this is neither Debian nor Ubuntu; $by_hand"
    [[ $(id -u) == 0 ]] || is_there sudo || give_up "this needs root or sudo; $by_hand"

    say "installing ${packages[*]}"
    # Debian starts what it installs. The tests need the programs only, so no cluster is made, and a server that
    # was not here a minute ago is stopped again; one that was here is left alone.
    local no_cluster=/etc/postgresql-common/createcluster.d/fleetwatch-tests.conf
    if [[ " ${packages[*]} " == *" postgresql "* ]]; then
        as_root mkdir -p "${no_cluster%/*}"
        as_root sh -c "echo 'create_main_cluster = false' > $no_cluster"
    fi
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}"
    as_root rm -f "$no_cluster"
    if [[ " ${packages[*]} " == *" redis-server "* ]]; then
        if [[ -d /run/systemd/system ]]; then
            as_root systemctl disable --now redis-server.service
        else
            as_root sh -c '[ ! -x /etc/init.d/redis-server ] || /etc/init.d/redis-server stop' >&2 || true
        fi
    fi
}

install() {
    is_there cargo || give_up "there is no cargo; https://rustup.rs brings it"
    local packages
    mapfile -t packages < <(missing_packages)
    if ((${#packages[@]})); then
        install_packages "${packages[@]}"
    fi
    install_clients
}

# The clients of the npm registry that the tests of the server use; again when their lock file has changed.
install_clients() (
    cd crates/server/tests/clients
    [[ node_modules/.package-lock.json -nt package-lock.json ]] ||
        step npm ci --ignore-scripts --prefer-offline --no-progress >&2
)

# So that GraphiQL is checked as it is delivered. Where it can't be had the plain page is, and that is said.
assets() {
    local status=0
    step deploy/assets.sh || status=$?
    case $status in
        0) ;;
        "$NOT_TO_BE_HAD") say "== NOT CHECKED: GraphiQL's bundle" ;;
        *) exit "$status" ;;
    esac
}

# Spelling of code and texts. A machine without Python's venv, or without the registry, skips it and says so.
spelling() {
    local version=1.52.0
    local tool=$PWD/.fleetwatch/typos-$version
    if [[ ! -x $tool/bin/typos ]]; then
        { python3 -m venv "$tool" && "$tool/bin/pip" install --quiet --disable-pip-version-check "typos==$version"; } >&2 || {
            rm -rf "$tool"
            say "== NOT CHECKED: spelling"
            return
        }
    fi
    step "$tool/bin/typos"
}

lint() {
    step cargo fmt --all --check
    spelling
    step cargo clippy --workspace --all-targets --locked -- --deny warnings
}

run_tests() {
    # nextest does not know doc tests.
    if cargo nextest --version >/dev/null 2>&1; then
        step cargo nextest run --workspace --locked
        step cargo test --workspace --locked --doc --quiet
    else
        step cargo test --workspace --locked --no-fail-fast
    fi
}

# One step per line: bash does not stop at a failure inside of `a && b`.
case "${1:-all}" in
    all | install | lint | test) ;;
    *) give_up "deploy/test.sh [install|lint|test]" ;;
esac
install
[[ ${1:-all} == install ]] || assets
case "${1:-all}" in
    all)
        lint
        run_tests
        ;;
    lint) lint ;;
    test) run_tests ;;
esac
say "== passed after ${SECONDS} s"
