#!/usr/bin/env bash
# Runs all checks that a change must pass: formatting, lints and tests.
#
#   deploy/test.sh            all checks
#   deploy/test.sh install    only installs the programs that the checks need
#   deploy/test.sh lint       formatting and lints
#   deploy/test.sh test       the tests
#
# On Debian and Ubuntu, the first run installs missing programs (as root or with sudo); later runs need no network.
# The tests start and stop their own PostgreSQL and Redis servers, and do not touch those of the system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh

step() {
    say "== $*"
    "$@"
}

missing_packages() {
    is_there cc || printf '%s\n' gcc libc6-dev
    # Required to build the allocator.
    is_there make || printf '%s\n' make
    # Certificates of Redis are checked against the system's root certificates, which a minimal system lacks.
    [[ -s /etc/ssl/certs/ca-certificates.crt ]] || printf '%s\n' ca-certificates
    is_there git || printf '%s\n' git
    # Used by the examples in the documentation.
    is_there curl || printf '%s\n' curl
    is_there redis-server || printf '%s\n' redis-server
    postgres_programs >/dev/null || printf '%s\n' postgresql
    # The documented set-up uses it for keys and certificates.
    is_there openssl || printf '%s\n' openssl
    # Checks the metrics and the rules, and scrapes a server.
    { is_there prometheus && is_there promtool; } || printf '%s\n' prometheus
    # Load balancers in front of the servers. Debian keeps them out of the `PATH` of users.
    server_is_there haproxy || printf '%s\n' haproxy
    server_is_there nginx || printf '%s\n' nginx
    # The tests with faults set clocks.
    compgen -G '/usr/lib*/*/faketime/libfaketimeMT.so.1' >/dev/null || printf '%s\n' libfaketime
    node_is_there || printf '%s\n' nodejs npm
    # The monitoring screen is tested in a real browser.
    browser_is_there || printf '%s\n' chromium
    # Checks the units for systemd.
    is_there systemd-analyze || printf '%s\n' systemd
    # The Python example of docs/websocket.md uses them.
    /usr/bin/python3 -c 'import websockets, msgpack' 2>/dev/null || printf '%s\n' python3-websockets python3-msgpack
    # The checks of the files for deployment and the collector of traces are PyPI packages. The collector needs the
    # library of the Python that it was built for.
    /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null || printf '%s\n' python3-venv
    ldconfig_knows "libpython$(python_version).so.1.0" || printf '%s\n' "libpython$(python_version)"
}

python_version() {
    /usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || printf '3'
}

ldconfig_knows() {
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep --fixed-strings "$1" >/dev/null
}

install() {
    is_there cargo || give_up "cargo is not installed; see https://rustup.rs"
    local packages
    mapfile -t packages < <(missing_packages)
    if ((${#packages[@]})); then
        install_packages "${packages[@]}"
    fi
    install_clients
    install_collector
    deploy/checks/install.sh
}

# Installs the npm clients that the server's tests use, and updates them when their lock file has changed.
install_clients() (
    cd crates/server/tests/clients
    [[ node_modules/.package-lock.json -nt package-lock.json ]] ||
        step npm ci --ignore-scripts --prefer-offline --no-progress >&2
)

# Installs the collector that the tests send traces to.
install_collector() {
    local version=0.0.1a15
    local tool=$PWD/.fleetwatch/rotel-$version
    [[ ! -x $tool/rotel/rotel-agent ]] || return 0
    rm -rf "$tool"
    step /usr/bin/python3 -m venv "$tool" >&2
    step "$tool/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --no-deps \
        --target "$tool" "rotel==$version" >&2
}

# Bundles GraphiQL, so that it is tested as it is delivered. Where this is impossible, the plain page is tested instead.
assets() {
    local status=0
    step deploy/assets.sh || status=$?
    case $status in
        0) ;;
        "$NOT_TO_BE_HAD") say "== NOT CHECKED: GraphiQL's bundle" ;;
        *) exit "$status" ;;
    esac
}

# Checks the spelling of code and texts. Without Python's venv, or without the registry, this is skipped with a message.
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
    # nextest does not support doc tests.
    if cargo nextest --version >/dev/null 2>&1; then
        step cargo nextest run --workspace --locked
        step cargo test --workspace --locked --doc --quiet
    else
        step cargo test --workspace --locked --no-fail-fast
    fi
}

# One step per line, because bash does not stop at a failure within `a && b`.
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
