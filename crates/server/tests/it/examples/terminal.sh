# A terminal in which the examples of a page are pasted one after another. Programs of the examples that need another
# port, that never end, or that would change the machine are functions here; each gives the reason.
#
# The test sets: FLEETWATCH (the program), SESSION (a folder of this run), CLIENTS (the installed npm packages), SEEN (a
# folder for what was answered), ADDRESS (a file with the server's address), REPOSITORY, and, where the page gets a
# server and stores: HAS_SERVER=yes, REDIS_PORT and ADMIN_TOKEN.

set -Eeuo pipefail
EXAMPLE='before the first example'
trap 'echo "FAILED: $EXAMPLE: $BASH_COMMAND" >&2' ERR

give_up() {
    echo "FAILED: $EXAMPLE: $*" >&2
    exit 1
}

# Runs a command until it succeeds.
eventually() {
    local deadline=$((SECONDS + 30))
    until "$@"; do
        ((SECONDS < deadline)) || give_up "in vain: $*"
        sleep 0.1
    done
}

# The examples have the default port; the server of a test has a free one.
here() {
    eventually test -s "$ADDRESS"
    printf '%s' "${1//127.0.0.1:8080/$(<"$ADDRESS")}"
}

# What was answered is kept: the answers that a page shows must be among it.
keep() {
    tee "$(mktemp "$SEEN/XXXXXXXX")"
}

cargo() {
    if [[ ${1:-} != run ]]; then
        names_packages "$@"
        return
    fi
    shift
    while [[ ${1:-} == --* ]]; do
        if [[ $1 == -- ]]; then shift && break; else shift; fi
    done
    fleetwatch "$@"
}

# Lints and tests are not run within a test: what they name must be there.
names_packages() {
    [[ $1 =~ ^(build|check|clippy|doc|fmt|nextest|test)$ ]] || give_up "cargo $* is not known"
    while (($#)); do
        [[ $1 != --package && $1 != -p ]] || [[ -d $REPOSITORY/crates/$2 ]] || give_up "there is no crate $2"
        shift
    done
}

just() {
    grep -qE "^@?${1:?}( .*)?:" "$REPOSITORY/justfile" || give_up "there is no task $1"
}

fleetwatch() {
    local argument
    for argument in "$@"; do
        [[ $argument != -* ]] || continue
        case $argument in
            serve | demo) break ;;
            *)
                command "$FLEETWATCH" "$@"
                return
                ;;
        esac
    done
    serve "$@"
}

# A server never ends, so it is started as if in another terminal, on a free port.
serve() {
    local folder pid is_up=
    folder=$(mktemp -d "$SESSION/server.XXXXXXXX")
    FLEETWATCH_HTTP__BIND=127.0.0.1:0 FLEETWATCH_LOG__FORMAT=json \
        command "$FLEETWATCH" "$@" >"$folder/out" 2>"$folder/log" </dev/null &
    pid=$!
    listens() {
        kill -0 "$pid" || give_up "the server has ended: $(<"$folder/log")"
        address=$(grep listening "$folder/log" | grep -o '127\.0\.0\.1:[0-9]*' | head -1)
    }
    eventually listens 2>/dev/null
    eventually command curl -sf -o /dev/null "http://$address/health/ready"
    [[ " $* " != *" demo "* ]] || eventually grep -q 'Log in' "$folder/out"
    if [[ ${HAS_SERVER:-} == yes ]]; then
        kill "$pid"
        wait "$pid" || give_up "the server does not stop by itself"
    else
        echo "$pid" >"$SESSION/pid"
        echo "$address" >"$ADDRESS"
    fi
}

# Ctrl-C in the server's terminal.
stop() {
    [[ -s $SESSION/pid ]] || return 0
    kill -INT "$(<"$SESSION/pid")"
    eventually is_gone "$(<"$SESSION/pid")"
    rm "$SESSION/pid" "$ADDRESS"
}

is_gone() {
    ! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# Refusals are failures, errors of GraphQL too. A stream never ends: it is left at its first event.
curl() {
    local argument arguments=() answer
    for argument in "$@"; do
        arguments+=("$(here "$argument")")
    done
    answer=$(mktemp "$SEEN/XXXXXXXX")
    if [[ " $* " == *" -sN "* ]]; then
        command curl "${arguments[@]}" >"$answer" &
        local pid=$!
        eventually grep -q '^event: next' "$answer"
        kill "$pid"
        cat "$answer"
    else
        command curl --fail-with-body --max-time 60 "${arguments[@]}" | tee "$answer" ||
            give_up "curl: $(<"$answer")"
    fi
    # The OpenAPI document has errors among its words.
    ! grep -qE '^(data: *)?\{"(data|errors)":' "$answer" || ! grep -q '"errors":' "$answer" ||
        give_up "$(<"$answer")"
}

# The port is that of the test's own Redis. What is published must be heard and accepted; what is read must be there,
# which it is a moment later.
redis-cli() {
    local arguments=("$@")
    [[ ${1:-} == -u ]] || arguments=(-p "$REDIS_PORT" "$@")
    case " $* " in
        *" PUBLISH "*) publish "${arguments[@]}" ;;
        *" BLOCK 0 "*) block "${arguments[@]}" ;;
        *)
            local answer
            shows_something() { answer=$(command redis-cli -e "${arguments[@]}" 2>&1) && [[ -n $answer ]]; }
            eventually shows_something
            printf '%s\n' "$answer"
            ;;
    esac
}

publish() {
    local accepted rejected
    accepted=$(messages accepted) rejected=$(messages rejected)
    (($(command redis-cli -e "$@") > 0)) || give_up 'nobody listens'
    is_judged() { (($(messages accepted) + $(messages rejected) > accepted + rejected)); }
    eventually is_judged
    (($(messages rejected) == rejected)) || give_up "rejected: $*"
}

messages() {
    command curl -sf "$(here http://127.0.0.1:8080/metrics)" | awk -v wanted="$1" '
        /^fleetwatch_ingest_messages_total\{/ {
            outcome = /outcome="accepted"/ ? "accepted" : "rejected"
            if (outcome == wanted) count += $NF
        }
        END { print count + 0 }'
}

# Waits for the next dead letter, so there has to be one.
block() {
    local answer
    answer=$(mktemp "$SESSION/XXXXXXXX")
    command redis-cli -e "$@" >"$answer" &
    local pid=$!
    is_answered() { be_rejected && [[ -s $answer ]]; }
    eventually is_answered
    wait "$pid"
    cat "$answer"
}

# Publishes what is no message.
be_rejected() {
    command redis-cli -p "$REDIS_PORT" PUBLISH vehicle:position:update "no message $SECONDS $RANDOM" >/dev/null
}

# Programs are taken from the installed packages.
npx() {
    local argument arguments=() program
    while [[ ${1:-} == -* ]]; do shift; done
    program=${1:-}
    [[ -x $CLIENTS/node_modules/.bin/$program ]] || give_up "$program is not installed"
    shift
    for argument in "$@"; do
        arguments+=("$(here "$argument")")
    done
    if [[ $program == wscat ]]; then
        watch "${arguments[@]}"
    else
        "$CLIENTS/node_modules/.bin/$program" "${arguments[@]}" </dev/null
    fi
}

# wscat ends with its terminal, so that stays open. Its messages must be understood.
watch() {
    local shown
    shown=$(mktemp "$SEEN/XXXXXXXX")
    [[ -p $SESSION/terminal ]] || mkfifo "$SESSION/terminal"
    "$CLIENTS/node_modules/.bin/wscat" "$@" <>"$SESSION/terminal" | tee "$shown"
    grep -q '"type":"welcome"' "$shown" && grep -q '"type":"subscribed"' "$shown" || give_up "$(<"$shown")"
    ! grep -q '"type":"error"' "$shown" || give_up "$(<"$shown")"
}

# Installs nothing: the packages must be among those that the tests of the page use.
npm() {
    local package
    [[ ${1:-} == install ]] || give_up "npm $* is not known"
    for package in "${@:2}"; do
        [[ $package == -* ]] || grep -qF "\"$package\":" "$CLIENTS/package.json" || give_up "$package is not installed"
    done
}

# Needs a daemon and a registry: the file is read, and starts nothing.
docker() {
    [[ "${1:-} ${2:-} ${4:-}" == "compose -f up" ]] || give_up "docker $* is not known"
    (cd "$CLIENTS" && node -e '
        const file = require("js-yaml").load(require("fs").readFileSync(process.argv[1], "utf8"));
        if (!Object.values(file.services).every(({ image }) => image)) process.exit(1);
    ' "$SESSION/$3")
}

# A program of the page: it goes on for ever, and has to print something.
program() {
    local shown
    shown=$(timeout 60 node --import ./websocket.mjs "$1" | head -1) || true
    [[ -n $shown ]] || give_up 'it prints nothing'
}

# The same in TypeScript, compiled strictly; the page has shown where its `token` comes from.
typed_program() {
    npx tsc --strict --target es2022 --module nodenext --moduleResolution nodenext --skipLibCheck "$1" >&2
    token=$token program "${1%.mts}.mjs"
}

# Sends what a file holds as the body of a request.
document() {
    curl -s -H "authorization: Bearer $token" http://127.0.0.1:8080/graphql -H 'content-type: application/json' \
        -d "@$1" >/dev/null
}

# Opens a subscription, which has to show an event once everything has happened.
subscription() {
    local shown pid deed
    shown=$(mktemp "$SEEN/XXXXXXXX")
    command curl -sN -H "authorization: Bearer $token" "$(here http://127.0.0.1:8080/graphql/stream)" \
        -H 'accept: text/event-stream' -H 'content-type: application/json' -d "@$1" >"$shown" &
    pid=$!
    has_event() { grep -q '^event: next' "$shown"; }
    for deed in a_position a_status a_new_vehicle a_deletion a_status a_new_vehicle a_deletion; do
        "$deed" >/dev/null
        # The events of one deed are there within a second or so.
        for _ in {1..15}; do
            has_event && break 2
            sleep 0.1
        done
    done
    kill "$pid" 2>/dev/null || true
    has_event || give_up "no event: $(<"$shown")"
    ! grep -q '"errors":' "$shown" || give_up "$(<"$shown")"
}

as_administrator() {
    command curl -sf -H "authorization: Bearer $ADMIN_TOKEN" -H 'content-type: application/json' -X "$1" \
        "$(here "http://127.0.0.1:8080/api/vehicles$2")" "${@:3}"
}

EXAMPLE_VEHICLE=0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70

a_position() {
    command redis-cli -p "$REDIS_PORT" PUBLISH vehicle:position:update \
        '{"vehicleId":"'$EXAMPLE_VEHICLE'","x":1,"y":2,"z":0,"heading":90,"timestamp":'"$(date +%s%3N)"'}'
}

a_status() {
    as_administrator PATCH "/$EXAMPLE_VEHICLE/status" -d '{"status":"STOPPED"}'
    as_administrator PATCH "/$EXAMPLE_VEHICLE/status" -d '{"status":"IDLE"}'
}

a_new_vehicle() {
    as_administrator POST '' -d '{"name":"New '"$RANDOM$RANDOM"'","type":"FORKLIFT","manufacturer":"Acme",
        "model":"F1","specification":{"maxSpeed":2,"maxLoad":900,"batteryCapacity":900},"details":{}}'
}

a_deletion() {
    as_administrator DELETE "/$EXAMPLE_VEHICLE"
    be_there
}

# Brings the vehicles of the examples back, where an example has deleted them.
be_there() {
    local vehicle
    for vehicle in "$EXAMPLE_VEHICLE" "${EXAMPLE_VEHICLE%0}1"; do
        # Where it was never registered the page does that.
        as_administrator GET "/$vehicle" >/dev/null ||
            { as_administrator POST "/$vehicle/restore" && as_administrator POST "/$vehicle/enable"; } >/dev/null ||
            continue
    done
}

be_deleted() {
    as_administrator DELETE "/$EXAMPLE_VEHICLE"
}

# Roles and databases are made in a cluster of the test's own.
sql() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file "$1" "$CLUSTER"
}
