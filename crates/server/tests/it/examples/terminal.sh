# Prelude of the script that runs the examples of a page one after another. Programs that need another port, never exit,
# or would change the machine are replaced by functions here.
#
# The test sets: FLEETWATCH (the program), SESSION (a folder of this run), CLIENTS (the installed npm packages), SEEN (a
# folder for received responses), ADDRESS (a file with the server's address) and REPOSITORY; if the page gets a server
# and stores, HAS_SERVER=yes, REDIS_PORT and ADMIN_TOKEN; and if it has SQL, CLUSTER (the URL of a PostgreSQL server).

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
        ((SECONDS < deadline)) || give_up "timed out: $*"
        sleep 0.1
    done
}

# Replaces the default port in the examples with that of the test's server.
here() {
    eventually test -s "$ADDRESS"
    printf '%s' "${1//127.0.0.1:8080/$(<"$ADDRESS")}"
}

# Keeps a response. The responses that a page shows must be among the kept ones.
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

# Lints and tests are not run within a test. Only the packages that they name are checked.
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

# A server does not exit, so it is started in the background, on a free port.
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

# Stops the server as Ctrl-C in its terminal would.
stop() {
    [[ -s $SESSION/pid ]] || return 0
    kill -INT "$(<"$SESSION/pid")"
    eventually is_gone "$(<"$SESSION/pid")"
    rm "$SESSION/pid" "$ADDRESS"
}

is_gone() {
    ! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null
}

# Treats rejected requests and GraphQL errors as failures. A stream does not end, so it is closed at its first event.
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
    # Match GraphQL responses only: the OpenAPI document contains the word "errors" as well.
    ! grep -qE '^(data: *)?\{"(data|errors)":' "$answer" || ! grep -q '"errors":' "$answer" ||
        give_up "$(<"$answer")"
}

# Uses the port of the test's own Redis. Published messages must be accepted. Values that are read may appear only a
# moment later.
redis-cli() {
    local arguments=("$@")
    [[ ${1:-} == -u ]] || arguments=(-p "$REDIS_PORT" "$@")
    case " $* " in
        *" PUBLISH "* | *" SPUBLISH "*) publish "${arguments[@]}" ;;
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
    (($(command redis-cli -e "$@") > 0)) || give_up 'the channel has no subscriber'
    is_counted() { (($(messages accepted) + $(messages rejected) > accepted + rejected)); }
    eventually is_counted
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

# Reads the next dead letter, and publishes invalid messages until there is one.
block() {
    local answer
    answer=$(mktemp "$SESSION/XXXXXXXX")
    command redis-cli -e "$@" >"$answer" &
    local pid=$!
    is_answered() { publish_invalid && [[ -s $answer ]]; }
    eventually is_answered
    wait "$pid"
    cat "$answer"
}

# Publishes an invalid message.
publish_invalid() {
    command redis-cli -p "$REDIS_PORT" PUBLISH vehicle:position:update "no message $SECONDS $RANDOM" >/dev/null
}

# Runs programs from the installed packages only.
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

# wscat exits at the end of its input, so the input is kept open. The server must accept all messages.
watch() {
    local shown
    shown=$(mktemp "$SEEN/XXXXXXXX")
    [[ -p $SESSION/terminal ]] || mkfifo "$SESSION/terminal"
    "$CLIENTS/node_modules/.bin/wscat" "$@" <>"$SESSION/terminal" | tee "$shown"
    grep -q '"type":"welcome"' "$shown" && grep -q '"type":"subscribed"' "$shown" || give_up "$(<"$shown")"
    ! grep -q '"type":"error"' "$shown" || give_up "$(<"$shown")"
}

# Installs nothing. The packages must be among those that the tests use.
npm() {
    local package
    [[ ${1:-} == install ]] || give_up "npm $* is not known"
    for package in "${@:2}"; do
        [[ $package == -* ]] || grep -qF "\"$package\":" "$CLIENTS/package.json" || give_up "$package is not installed"
    done
}

# Docker needs a daemon and a registry, so the compose file is only parsed, and searched for the named service.
docker() {
    case ${1:-} in
        build | run) test -f "$REPOSITORY/Dockerfile" ;;
        compose) compose "${@:2}" ;;
        *) give_up "docker $* is not known" ;;
    esac
}

compose() {
    local file=docker-compose.yml
    if [[ ${1:-} == -f ]]; then
        file=$2
        shift 2
    fi
    [[ ${1:-} =~ ^(exec|up)$ ]] || give_up "docker compose $* is not known"
    shift
    while [[ ${1:-} == -* ]]; do shift; done
    (cd "$CLIENTS" && node -e '
        const [path, service] = process.argv.slice(1);
        const { services } = require("js-yaml").load(require("fs").readFileSync(path, "utf8"));
        if (!Object.values(services).every(({ image }) => image)) process.exit(1);
        if (service && !services[service]) process.exit(1);
    ' "$SESSION/$file" "${1:-}")
}

# There is no cluster, so the objects of the chart are only rendered.
helm() {
    local argument arguments=()
    [[ ${1:-} == upgrade ]] || give_up "helm $* is not known"
    for argument in "${@:2}"; do
        [[ $argument == --install ]] || arguments+=("$argument")
    done
    "$REPOSITORY/.fleetwatch/checks/bin/helm" template "${arguments[@]}" >/dev/null
}

# There is no cluster, so only the files for a Secret are checked.
kubectl() {
    local argument
    [[ " $* " == *" create "* ]] || give_up "kubectl $* is not known"
    for argument in "$@"; do
        [[ $argument != --from-file=* ]] || test -s "${argument#--from-file=}"
    done
}

# The machine is not changed: files are installed below a folder of this run, and systemd is not called.
sudo() {
    local argument arguments=()
    for argument in "$@"; do
        if [[ $argument == /* ]]; then
            argument=$SESSION/root$argument
            [[ $argument == */ ]] && mkdir -p "$argument" || mkdir -p "${argument%/*}"
        fi
        arguments+=("$argument")
    done
    case ${1:-} in
        install) command "${arguments[@]}" ;;
        systemctl) ;;
        *) give_up "sudo $* is not known" ;;
    esac
}

# Prometheus does not exit, so only its configuration and its rules are checked.
prometheus() {
    promtool check config "${1#--config.file=}"
}

# Runs a program of the page, which does not exit, until it prints a line.
program() {
    local shown
    shown=$(timeout 60 node --import ./websocket.mjs "$1" | head -1) || true
    [[ -n $shown ]] || give_up 'the program prints nothing'
}

# Runs a TypeScript program after strict compilation, with the `token` that the page has obtained before.
typed_program() {
    npx tsc --strict --target es2022 --module nodenext --moduleResolution nodenext --skipLibCheck "$1" >&2
    token=$token program "${1%.mts}.mjs"
}

# Sends a file as the body of a GraphQL request.
document() {
    curl -s -H "authorization: Bearer $token" http://127.0.0.1:8080/graphql -H 'content-type: application/json' \
        -d "@$1" >/dev/null
}

# Opens a subscription and causes events until it receives one.
subscription() {
    local shown pid cause
    shown=$(mktemp "$SEEN/XXXXXXXX")
    command curl -sN -H "authorization: Bearer $token" "$(here http://127.0.0.1:8080/graphql/stream)" \
        -H 'accept: text/event-stream' -H 'content-type: application/json' -d "@$1" >"$shown" &
    pid=$!
    has_event() { grep -q '^event: next' "$shown"; }
    for cause in a_position a_status a_new_vehicle a_deletion a_status a_new_vehicle a_deletion; do
        "$cause" >/dev/null
        # Events arrive within about a second.
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
    restore_vehicles
}

# Restores the vehicles of the examples if an example has deleted them.
restore_vehicles() {
    local vehicle
    for vehicle in "$EXAMPLE_VEHICLE" "${EXAMPLE_VEHICLE%0}1"; do
        # A vehicle that was never registered is registered by the page.
        as_administrator GET "/$vehicle" >/dev/null ||
            { as_administrator POST "/$vehicle/restore" && as_administrator POST "/$vehicle/enable"; } >/dev/null ||
            continue
    done
}

delete_vehicle() {
    as_administrator DELETE "/$EXAMPLE_VEHICLE"
}

# Roles and databases are created in the test's own cluster.
sql() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file "$1" "$CLUSTER"
}
