#!/usr/bin/env bash
# Generates valid and invalid requests from the OpenAPI document, and checks that the server conforms to it.
#
#   deploy/test-api.sh [options of `schemathesis run`]
#
# Needs Python 3.10 or newer; pip installs schemathesis into .fleetwatch/. The server runs on a free port with embedded
# stores, and is stopped at the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh

readonly VERSION=4.32.5
readonly TOOLS=$PWD/.fleetwatch/schemathesis-$VERSION

if [[ ! -x $TOOLS/bin/schemathesis ]]; then
    is_there python3 || give_up "this needs Python 3.10 or newer"
    say "== installing schemathesis $VERSION"
    python3 -m venv "$TOOLS" || give_up "python3 -m venv does not work; on Debian it is the package python3-venv"
    "$TOOLS/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$VERSION"
fi

cargo build
log=$(mktemp)
data=$(mktemp -d)
readonly PASSWORD=correct-horse-battery-staple
env -i PATH="$PATH" FLEETWATCH_HTTP__BIND=127.0.0.1:0 FLEETWATCH_LOG__FORMAT=json FLEETWATCH_DATA__DIR="$data" \
    FLEETWATCH_AUTH__ADMIN_USERNAME=admin FLEETWATCH_AUTH__ADMIN_PASSWORD="$PASSWORD" \
    FLEETWATCH_LIMITS__API_PER_SECOND=100000 FLEETWATCH_LIMITS__API_BURST=100000 \
    FLEETWATCH_LIMITS__LOGIN_PER_MINUTE=60000 \
    "${CARGO_TARGET_DIR:-target}/debug/fleetwatch" serve >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$log" "$data"' EXIT

address=
for _ in {1..100}; do
    address=$(grep --only-matching --max-count=1 '127\.0\.0\.1:[1-9][0-9]*' "$log" || true)
    [[ -z $address ]] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
[[ -n $address ]] || give_up "the server did not start: $(<"$log")"

token=$(python3 - "$address" "$PASSWORD" <<'END'
import json, sys, urllib.request
address, password = sys.argv[1:]
body = json.dumps({"username": "admin", "password": password}).encode()
request = urllib.request.Request(f"http://{address}/api/auth/login", body, {"content-type": "application/json"})
print(json.load(urllib.request.urlopen(request))["accessToken"])
END
)

cd deploy/api-tests
FLEETWATCH_TOKEN=$token PYTHONPATH=. "$TOOLS/bin/schemathesis" --config-file schemathesis.toml run "http://$address/api/openapi.json" \
    --max-examples 100 --continue-on-failure "$@"
