//! The published schema.

use api_graphql::sdl;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Returns the schema without descriptions, with its words separated by single spaces.
fn bare_schema() -> String {
    let (schema, mut words, mut in_block) = (sdl(), Vec::new(), false);
    for line in schema.lines().map(str::trim) {
        let parts: Vec<_> = line.split(r#"""""#).collect();
        for (index, part) in parts.iter().enumerate() {
            in_block ^= index > 0;
            if !in_block {
                words.extend(without_description(part.trim()).split_whitespace());
            }
        }
    }
    words.join(" ").replace("( ", "(").replace(" )", ")")
}

/// Arguments that all connections have in common.
const PAGE: &str = "first: Int after: String last: Int before: String \
                    pagination: Pagination @deprecated(reason: \"Use `first` and `after`.\")";

/// Removes a leading `"…"`, in which quotes are escaped.
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

/// Clients rely on these types. Further fields follow those of `VEHICLE`.
#[test]
fn types_match_the_contract() {
    const VEHICLE: &str = "id: ID! name: String! type: VehicleType! manufacturer: String! model: String \
                           status: VehicleStatus! isEnabled: Boolean! createdAt: DateTime! updatedAt: DateTime!";
    const MORE: &str = "organizationId: ID! specification: VehicleSpecification! version: Int! \
                        position: VehiclePosition runtimeState: VehicleRuntimeState \
                        connectionStatus: ConnectionStatus mapping: VehicleRedisMapping groups: [Group!]!";
    const KINDS: [(&str, &str); 4] = [
        (
            "AMR",
            "lidarEnabled: Boolean! cameraEnabled: Boolean! ultrasonicEnabled: Boolean! autonomyLevel: Int! \
             mapId: String obstacleAvoidanceConfig: JSON",
        ),
        (
            "AGV",
            "guideType: GuideType! lineFollowingConfig: JSON loadType: String maxLoadWeight: Float",
        ),
        (
            "OHT",
            "railId: String! hoistStatus: HoistStatus railPosition: Float railSegments: [RailSegment!]",
        ),
        (
            "Forklift",
            "mastHeight: Float liftHeight: Float forkLength: Float loadCapacity: Float",
        ),
    ];
    check_contains(&[&format!(
        "interface Vehicle implements Node {{ {VEHICLE} {MORE} }}"
    )]);
    for (kind, own) in KINDS {
        check_contains(&[&format!(
            "type {kind} implements Node & Vehicle {{ {VEHICLE} {MORE} {own} }}"
        )]);
    }
    check_contains(&[
        "enum VehicleType { AMR AGV OHT FORKLIFT }",
        "enum VehicleStatus { IDLE MOVING CHARGING ERROR STOPPED MAINTENANCE }",
        "enum GuideType { MAGNETIC LASER WIRE VISION }",
        "enum HoistStatus { UP DOWN MOVING }",
        "enum ConnectionStatus { CONNECTED TIMEOUT DISCONNECTED }",
        "enum SyncStatus { SYNCED OUT_OF_SYNC ERROR }",
        "type VehiclePosition { x: Float! y: Float! z: Float! heading: Float! rotation: Quaternion \
         timestamp: DateTime! mapId: String }",
        "type Quaternion { x: Float! y: Float! z: Float! w: Float! }",
        "type VehicleRuntimeState { currentSpeed: Float! batteryLevel: Float! currentLoad: Float \
         temperature: Float errorCodes: [String!] lastUpdateTime: DateTime! }",
        "type VehicleRedisMapping { vehicleId: ID! redisKey: String! lastSyncTime: DateTime \
         syncStatus: SyncStatus! connectionStatus: ConnectionStatus lastRejection: LastRejection \
         lastMismatch: LastMismatch bridge: VehicleBridge }",
        "type VehicleBridge { name: String status: String! reason: String since: DateTime clockOffsetMs: Float }",
        "type LastMismatch { kind: String! detail: String! at: DateTime! }",
        "type VehicleConnection { edges: [VehicleEdge!]! nodes: [Vehicle!]! pageInfo: PageInfo! totalCount: Int! }",
        "type VehicleEdge { cursor: String! node: Vehicle! }",
        "type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }",
        "scalar DateTime ",
        "scalar JSON ",
    ]);
}

#[test]
fn queries_match_the_contract() {
    check_contains(&[
        &format!("vehicles(filter: VehicleFilter {PAGE} sort: VehicleSort): VehicleConnection!"),
        "vehicle(id: ID!): Vehicle node",
        "node(id: ID!): Node nodes",
        "nodes(ids: [ID!]!): [Node]! vehiclesByType",
        "vehiclesByType(type: VehicleType!): [Vehicle!]!",
        "enabledVehicles: [Vehicle!]!",
        "vehiclePosition(vehicleId: ID!): VehiclePosition vehicleRuntimeState",
        "vehicleRuntimeState(vehicleId: ID!): VehicleRuntimeState group",
        "group(id: ID!): Group groups",
        &format!("groups(organizationId: ID {PAGE}): GroupConnection!"),
        "organization(id: ID!): Organization organizations",
        &format!("organizations({PAGE}): OrganizationConnection!"),
        &format!("users({PAGE}): UserConnection!"),
        &format!("grants(userId: ID {PAGE}): GrantConnection!"),
        &format!("auditLog(filter: AuditFilter {PAGE}): AuditConnection!"),
        "input VehicleFilter { type: VehicleType status: VehicleStatus enabled: Boolean groupId: ID search: String }",
        "input Pagination { first: Int after: String }",
        "input VehicleSort { field: VehicleSortField! direction: SortDirection }",
        "enum VehicleSortField { CREATED_AT NAME STATUS UPDATED_AT }",
    ]);
}

#[test]
fn mutations_match_the_contract() {
    check_contains(&[
        "createVehicle(input: CreateVehicleInput!): Vehicle!",
        "updateVehicle(id: ID! input: UpdateVehicleInput!): Vehicle!",
        "deleteVehicle(id: ID!): Boolean!",
        "enableVehicle(id: ID!): Vehicle!",
        "disableVehicle(id: ID!): Vehicle!",
        "updateVehicleStatus(id: ID! status: VehicleStatus!): Vehicle!",
        "createGroup(input: CreateGroupInput!): Group!",
        "updateGroup(id: ID! input: UpdateGroupInput!): Group!",
        "deleteGroup(id: ID!): Boolean!",
        "addVehicleToGroup(groupId: ID! vehicleId: ID!): Vehicle!",
        "removeVehicleFromGroup(groupId: ID! vehicleId: ID!): Vehicle!",
        "createOrganization(input: CreateOrganizationInput!): Organization!",
        "updateOrganization(id: ID! input: UpdateOrganizationInput!): Organization!",
        "deleteOrganization(id: ID!): Boolean!",
        "clearCache: Boolean!",
        "input CreateVehicleInput { name: String! type: VehicleType! manufacturer: String! model: String \
         specification: VehicleSpecificationInput! amr: AmrInput agv: AgvInput oht: OhtInput \
         forklift: ForkliftInput organizationId: ID }",
        "input UpdateVehicleInput { name: String manufacturer: String model: String \
         specification: UpdateVehicleSpecificationInput amr: UpdateAmrInput agv: UpdateAgvInput \
         oht: UpdateOhtInput forklift: UpdateForkliftInput version: Int }",
        "input UpdateVehicleSpecificationInput { maxSpeed: Float maxLoad: Float batteryCapacity: Float }",
    ]);
}

#[test]
fn subscriptions_match_the_contract() {
    check_contains(&[
        "type Subscription { vehiclePositionUpdated(vehicleId: ID): VehiclePositionUpdate! ",
        "vehiclePositionsUpdated(filter: VehicleFilter intervalMs: Int): [VehiclePositionUpdate!]! ",
        "vehicleStateChanged(vehicleId: ID): VehicleStateChange! ",
        "vehicleConnectionChanged(vehicleId: ID): VehicleConnectionChange! ",
        "vehicleEvents(filter: VehicleFilter): VehicleEvent! vehicleAdded: Vehicle! vehicleRemoved(id: ID!): ID! }",
        "union VehicleEvent = VehicleAdded | VehicleUpdated | VehicleRemoved | VehicleStateChange \
         | VehicleConnectionChange | VehicleErrorRaised",
        "type VehiclePositionUpdate { vehicleId: ID! vehicle: Vehicle! position: VehiclePosition! \
         state: VehicleRuntimeState }",
        "type VehicleStateChange { vehicleId: ID! vehicle: Vehicle! oldStatus: VehicleStatus! \
         newStatus: VehicleStatus! at: DateTime! }",
        "type VehicleConnectionChange { vehicleId: ID! vehicle: Vehicle! connectionStatus: ConnectionStatus! \
         reason: String! since: DateTime! }",
        "type VehicleErrorRaised { vehicleId: ID! vehicle: Vehicle! errorCode: String! message: String! at: DateTime! }",
    ]);
}

/// docs/schema.graphql is generated from the code.
#[test]
fn the_schema_in_the_docs_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema.graphql");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == sdl(),
        "docs/schema.graphql is out of date: run `just schema`"
    );
}

#[tokio::test]
async fn every_element_of_the_schema_has_a_description() {
    let query = "{ __schema { types {
        name description
        fields { name description args { name description } }
        inputFields { name description }
        enumValues { name description }
    } } }";
    let answer = Stage::new().await.data(query, json!({})).await;
    let mut undescribed = Vec::new();
    for described in answer["__schema"]["types"].as_array().expect("types") {
        let name = described["name"].as_str().expect("a name");
        let is_ours = !name.starts_with("__") && !["Boolean", "Float", "ID", "Int", "String"].contains(&name);
        if is_ours {
            look_into(described, String::new(), &mut undescribed);
        }
    }
    assert_eq!(undescribed, Vec::<String>::new());
}

fn look_into(element: &Value, path: String, undescribed: &mut Vec<String>) {
    let path = format!("{path}/{}", element["name"].as_str().expect("a name"));
    if element["description"].as_str().is_none_or(str::is_empty) {
        undescribed.push(path.clone());
    }
    for nested in ["fields", "args", "inputFields", "enumValues"] {
        for element in element[nested].as_array().into_iter().flatten() {
            look_into(element, path.clone(), undescribed);
        }
    }
}
