//! The schema as the world sees it.

use api_graphql::sdl;

/// The schema without descriptions, its words separated by single spaces.
fn bare_schema() -> String {
    let (schema, mut words, mut in_block) = (sdl(), Vec::new(), false);
    for line in schema.lines().map(str::trim) {
        if line == r#"""""# {
            in_block = !in_block;
        } else if !in_block {
            words.extend(without_description(line).split_whitespace());
        }
    }
    words.join(" ")
}

/// Takes away a leading `"…"`, in which quotes are escaped.
fn without_description(line: &str) -> &str {
    let Some(rest) = line.strip_prefix('"') else {
        return line;
    };
    let mut is_escaped = false;
    for (index, character) in rest.char_indices() {
        match character {
            '"' if !is_escaped => return rest[index + 1..].trim_start(),
            _ => is_escaped = character == '\\' && !is_escaped,
        }
    }
    line
}

#[track_caller]
fn check_contains(parts: &[&str]) {
    let schema = bare_schema();
    for part in parts {
        assert!(schema.contains(part), "{part} is missing in {schema}");
    }
}

#[test]
fn what_clients_rely_on_is_literally_there() {
    check_contains(&[
        "interface Vehicle { id: ID! name: String! type: VehicleType! manufacturer: String! model: String \
         status: VehicleStatus! isEnabled: Boolean! ",
        "createdAt: DateTime! updatedAt: DateTime! }",
        "type AMR implements Vehicle {",
        "lidarEnabled: Boolean! cameraEnabled: Boolean! ultrasonicEnabled: Boolean! autonomyLevel: Int! \
         mapId: String obstacleAvoidanceConfig: JSON }",
        "type AGV implements Vehicle {",
        "guideType: GuideType! lineFollowingConfig: JSON loadType: String maxLoadWeight: Float }",
        "type OHT implements Vehicle {",
        "railId: String! hoistStatus: HoistStatus railPosition: Float railSegments: [RailSegment!] }",
        "type Forklift implements Vehicle {",
        "enum VehicleType { AMR AGV OHT FORKLIFT }",
        "enum VehicleStatus { IDLE MOVING CHARGING ERROR STOPPED MAINTENANCE }",
        "enum GuideType { MAGNETIC LASER WIRE VISION }",
        "enum HoistStatus { UP DOWN MOVING }",
        "type VehiclePosition { x: Float! y: Float! z: Float! heading: Float! rotation: Quaternion \
         timestamp: DateTime! mapId: String }",
        "type VehicleRuntimeState { currentSpeed: Float! batteryLevel: Float! currentLoad: Float \
         temperature: Float errorCodes: [String!] lastUpdateTime: DateTime! }",
        "type VehiclePositionUpdate { vehicleId: ID! position: VehiclePosition! state: VehicleRuntimeState }",
        "vehicles(filter: VehicleFilter, pagination: Pagination): VehicleConnection!",
        "vehicle(id: ID!): Vehicle ",
        "vehiclesByType(type: VehicleType!): [Vehicle!]!",
        "enabledVehicles: [Vehicle!]!",
        "vehiclePosition(vehicleId: ID!): VehiclePosition ",
        "vehicleRuntimeState(vehicleId: ID!): VehicleRuntimeState ",
        "createVehicle(input: CreateVehicleInput!): Vehicle!",
        "deleteVehicle(id: ID!): Boolean!",
        "enableVehicle(id: ID!): Vehicle!",
        "disableVehicle(id: ID!): Vehicle!",
        "vehiclePositionUpdated(vehicleId: ID): VehiclePositionUpdate!",
        "scalar DateTime ",
        "scalar JSON ",
    ]);
}

/// docs/schema.graphql is for people and for their tools; the code is the truth.
#[test]
fn the_schema_in_the_docs_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema.graphql");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept.trim_end() == sdl().trim_end(),
        "docs/schema.graphql is out of date: run `just schema`"
    );
}
