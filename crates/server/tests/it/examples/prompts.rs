//! Preparations for individual pages, whose examples would otherwise not give the results that the pages show.

use serde_json::{Map, Value, json};

use super::preparation::VEHICLES;

/// Returns the settings of a page's server.
pub(super) fn settings(page: &str) -> &'static [(&'static str, &'static str)] {
    match page {
        // With a low limit, the log soon contains rejected requests.
        "docs/logs.md" => &[("LIMITS__API_BURST", "20"), ("LIMITS__API_PER_SECOND", "1")],
        "docs/redis.md" => &[("REDIS__CHANNEL_SHARDS", "16")],
        _ => &[],
    }
}

/// Returns `true` if the page registers the vehicles of its examples itself.
pub(super) fn registers_vehicles(page: &str) -> bool {
    page == "docs/graphql.md"
}

/// Returns commands to run before the first example, which cause the responses that the page shows.
pub(super) fn before(page: &str) -> &'static str {
    match page {
        // Lines 3 and 7 of the imported file are invalid.
        "docs/rest.md" => {
            r#"
. .fleetwatch/demo.env
password=$admin_password
publish_messages() {
    local stamp
    stamp=$(date +%s%3N)
    "$1" -p "$REDIS_PORT" PUBLISH vehicle:position:update '{"vehicleId":"'"$EXAMPLE_VEHICLE"'",
        "x":1,"y":2,"z":0,"heading":90,"map_id":"floor-1","timestamp":'"$stamp"'}'
    "$1" -p "$REDIS_PORT" PUBLISH vehicle:state:update '{"vehicleId":"'"$EXAMPLE_VEHICLE"'",
        "currentSpeed":1,"batteryLevel":80,"status":"MOVING","lastUpdateTime":'"$stamp"'}'
}
repeat_publish() { command redis-cli "$@" >/dev/null; }
publish_messages publish
# After the valid messages, which must not be counted together with a rejected one.
publish_invalid
# The page shows a connected vehicle, so it publishes for as long as the examples run.
while sleep 1; do publish_messages repeat_publish; done &
command curl -s -o "$SEEN/import" -H "authorization: Bearer $ADMIN_TOKEN" \
    "$(here http://127.0.0.1:8080/api/vehicles/import)" -H 'content-type: text/csv' --data-binary @- <<'CSV'
type,name,manufacturer,model,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity
FORKLIFT,Lift 1,Acme,F1,2,900,900
FORKLIFT,Lift 2,Acme,F1,2,-1,900
FORKLIFT,Lift 3,Acme,F1,2,900,900
FORKLIFT,Lift 4,Acme,F1,2,900,900
FORKLIFT,Lift 5,Acme,F1,2,900,900
FORKLIFT," ",Acme,F1,2,900,900
CSV
"#
        }
        "docs/graphql.md" => {
            r#"
answer_to() {
    command curl -s -H "authorization: Bearer $ADMIN_TOKEN" "$(here http://127.0.0.1:8080/graphql)" \
        -H 'content-type: application/json' -d "$1" >"$(mktemp "$SEEN/XXXXXXXX")"
}
answer_to '{"query":"{ __typename }"}'
answer_to '{"query":"mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id } }", "variables": {"input": {
    "name": "", "type": "AMR", "manufacturer": "Acme", "model": "M1",
    "specification": {"maxSpeed": 1.5, "maxLoad": 100, "batteryCapacity": 960},
    "amr": {"lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": true, "autonomyLevel": 9}
}}}'
"#
        }
        "docs/logs.md" => {
            r#"
command curl -s -o /dev/null "$(here 'http://127.0.0.1:8080/api/vehicles?[1-300]')"
"#
        }
        "docs/troubleshooting.md" => {
            r#"
. .fleetwatch/demo.env
password=$admin_password
publish_invalid
"#
        }
        "docs/dead-letters.md" => {
            r#"
publish_invalid
has_a_letter() { (($(command redis-cli -p "$REDIS_PORT" XLEN fleetwatch:dlq) > 0)); }
eventually has_a_letter
"#
        }
        "docs/redis.md" => "\npublish_invalid\n",
        // The archive of a release, with a link to the program.
        "docs/deployment.md" => {
            r#"
name=fleetwatch-0.1.0-linux-x86_64
mkdir -p "pack/$name"
cp -r "$REPOSITORY/deploy/systemd" "$REPOSITORY/deploy/env" "pack/$name"
ln -s "$FLEETWATCH" "pack/$name/fleetwatch"
tar --create --gzip --file "$name.tar.gz" --directory pack "$name"
"#
        }
        _ => "",
    }
}

/// Returns `true` if a block starts a server, before which a reader would stop the previous one with Ctrl-C.
pub(super) fn starts_a_server(block: &str) -> bool {
    let commands = block
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    let programs = ["cargo run", "cargo run --", "fleetwatch"];
    commands
        .map(|command| command.trim_end_matches('&').trim())
        .any(|command| {
            programs.iter().any(|program| {
                command == *program
                    || [" demo", " serve"]
                        .iter()
                        .any(|what| command == format!("{program}{what}"))
            })
        })
}

/// Returns values for the variables of a GraphQL document; `group` is the id of a group.
pub(super) fn variables(document: &str, group: &str) -> Value {
    let head = document.split('{').next().unwrap_or_default();
    let names = head.split('$').skip(1).filter_map(|rest| rest.split(':').next());
    let values = names.map(|name| {
        let value = match name {
            "vehicle" | "id" => json!(VEHICLES[0]),
            "ids" => json!(VEHICLES),
            "group" => json!(group),
            // Optional.
            "after" | "filter" => Value::Null,
            other => panic!("the variable ${other} of an example has no value here"),
        };
        (name.to_owned(), value)
    });
    Value::Object(values.collect::<Map<_, _>>())
}
