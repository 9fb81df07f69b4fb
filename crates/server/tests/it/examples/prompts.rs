//! What happens beside the examples, so that they show what their page says.

use serde_json::{Map, Value, json};

use super::preparation::VEHICLES;

/// Settings of the server of a page.
pub fn settings(page: &str) -> &'static [(&'static str, &'static str)] {
    match page {
        // A flood of refusals fills the log quickly.
        "docs/operations.md" => &[("LIMITS__API_BURST", "20"), ("LIMITS__API_PER_SECOND", "1")],
        _ => &[],
    }
}

/// Whether the page registers the vehicles of its examples itself.
pub fn registers_vehicles(page: &str) -> bool {
    page == "docs/graphql.md"
}

/// What is sent before the first example, to get the answers that the page shows.
pub fn before(page: &str) -> &'static str {
    match page {
        // The lines 3 and 7 of a file are wrong.
        "docs/rest.md" => {
            r#"
. .fleetwatch/demo.env
password=$admin_password
is_on_its_way() {
    local stamp
    stamp=$(date +%s%3N)
    "$1" -p "$REDIS_PORT" PUBLISH vehicle:position:update '{"vehicleId":"'"$EXAMPLE_VEHICLE"'",
        "x":1,"y":2,"z":0,"heading":90,"map_id":"floor-1","timestamp":'"$stamp"'}'
    "$1" -p "$REDIS_PORT" PUBLISH vehicle:state:update '{"vehicleId":"'"$EXAMPLE_VEHICLE"'",
        "currentSpeed":1,"batteryLevel":80,"status":"MOVING","lastUpdateTime":'"$stamp"'}'
}
says_again() { command redis-cli "$@" >/dev/null; }
is_on_its_way publish
# The page shows a vehicle that is connected, so it is heard for as long as the page is read.
while sleep 1; do is_on_its_way says_again; done &
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
        "docs/operations.md" => {
            r#"
command curl -s -o /dev/null "$(here 'http://127.0.0.1:8080/api/vehicles?[1-300]')"
be_rejected
"#
        }
        "docs/redis.md" => "\nbe_rejected\n",
        _ => "",
    }
}

/// Whether a block starts a server that goes on: Ctrl-C has stopped the one before it then.
pub fn starts_a_server(block: &str) -> bool {
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

/// What the variables of a document are; `group` is the id of one.
pub fn variables(document: &str, group: &str) -> Value {
    let head = document.split('{').next().unwrap_or_default();
    let names = head.split('$').skip(1).filter_map(|rest| rest.split(':').next());
    let values = names.map(|name| {
        let value = match name {
            "vehicle" | "id" => json!(VEHICLES[0]),
            "ids" => json!(VEHICLES),
            "group" => json!(group),
            // They are optional.
            "after" | "filter" => Value::Null,
            other => panic!("what is ${other} in an example? Say so here"),
        };
        (name.to_owned(), value)
    });
    Value::Object(values.collect::<Map<_, _>>())
}
