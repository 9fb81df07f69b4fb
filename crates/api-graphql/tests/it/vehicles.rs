//! Queries and mutations of vehicles.

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    inputs::fields,
    stage::{Stage, UNKNOWN_ID},
};

const CREATE: &str = "
    mutation($input: CreateVehicleInput!) {
        createVehicle(input: $input) {
            __typename name type manufacturer model status isEnabled version
            specification { maxSpeed maxLoad batteryCapacity }
            ... on AMR { lidarEnabled cameraEnabled ultrasonicEnabled autonomyLevel mapId obstacleAvoidanceConfig }
            ... on AGV { guideType lineFollowingConfig loadType maxLoadWeight }
            ... on OHT { railId hoistStatus railPosition railSegments { segmentId start end } }
            ... on Forklift { mastHeight liftHeight forkLength loadCapacity }
        }
    }";

#[rstest]
#[case::amr("AMR", "AMR", "amr", json!({
    "lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": true, "autonomyLevel": 4,
    "mapId": "floor-1", "obstacleAvoidanceConfig": {"minDistance": 0.4, "zones": [{"id": 3_000_000_000_u32}]},
}))]
#[case::agv("AGV", "AGV", "agv", json!({
    "guideType": "MAGNETIC", "lineFollowingConfig": {}, "loadType": "pallet", "maxLoadWeight": 750.5,
}))]
#[case::oht("OHT", "OHT", "oht", json!({
    "railId": "bay 1", "hoistStatus": "UP", "railPosition": 4.5,
    "railSegments": [{"segmentId": "a", "start": 0.0, "end": 10.0}],
}))]
#[case::forklift("FORKLIFT", "Forklift", "forklift", json!({
    "mastHeight": 2.1, "liftHeight": 4.5, "forkLength": 1.2, "loadCapacity": 1600.0,
}))]
#[tokio::test]
async fn a_vehicle_of_each_type_is_created_with_its_specific_details(
    #[case] kind: &str,
    #[case] type_name: &str,
    #[case] field: &str,
    #[case] details: Value,
) {
    let stage = Stage::new().await;
    let common = json!({
        "name": "Vehicle 7", "type": kind, "manufacturer": "Acme", "model": "M1",
        "specification": {"maxSpeed": 1.5, "maxLoad": 100.0, "batteryCapacity": 960.0},
    });
    let mut input = common.clone();
    input[field] = details.clone();
    let mut created = stage.data(CREATE, json!({"input": input})).await;

    let mut expected = common;
    let fields = expected.as_object_mut().expect("an object");
    fields.extend(details.as_object().expect("an object").clone());
    for (key, value) in [
        ("__typename", json!(type_name)),
        ("status", json!("IDLE")),
        ("version", json!(1)),
    ] {
        fields.insert(key.to_owned(), value);
    }
    fields.insert("isEnabled".to_owned(), json!(false));
    assert_eq!(as_numbers(created["createVehicle"].take()), as_numbers(expected));
}

/// Converts all numbers to floats. JSON has one type of number, but serde has three.
fn as_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(as_numbers).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, as_numbers(value)))
            .collect(),
        other => other,
    }
}

#[tokio::test]
async fn a_vehicle_is_read_changed_and_deleted() {
    let stage = Stage::new().await;
    let id = stage.forklift("Lift 1").await;
    let query = "query($id: ID!) { vehicle(id: $id) { id name isEnabled version createdAt updatedAt } }";
    let read = stage.data(query, json!({"id": id})).await;
    assert_eq!(read["vehicle"]["name"], "Lift 1");
    let created_at = read["vehicle"]["createdAt"].as_str().expect("a time");
    assert!(created_at.ends_with('Z'), "{created_at} is in UTC");
    assert_eq!(read["vehicle"]["updatedAt"], created_at);

    let enable = "mutation($id: ID!) { enableVehicle(id: $id) { isEnabled version } }";
    let enabled = stage.data(enable, json!({"id": id})).await;
    assert_eq!(enabled["enableVehicle"], json!({"isEnabled": true, "version": 2}));
    let disable = "mutation($id: ID!) { disableVehicle(id: $id) { isEnabled version } }";
    let disabled = stage.data(disable, json!({"id": id})).await;
    assert_eq!(
        disabled["disableVehicle"],
        json!({"isEnabled": false, "version": 3})
    );

    let delete = "mutation($id: ID!) { deleteVehicle(id: $id) }";
    assert_eq!(
        stage.data(delete, json!({"id": id})).await,
        json!({"deleteVehicle": true})
    );
    assert_eq!(
        stage.data(query, json!({"id": id})).await,
        json!({"vehicle": null})
    );
    let again = stage.error(delete, json!({"id": id})).await;
    assert_eq!(again["extensions"]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn an_unknown_vehicle_is_null_when_read_and_not_found_when_changed() {
    let stage = Stage::new().await;
    let read = stage
        .data(
            "query($id: ID!) { vehicle(id: $id) { id } }",
            json!({"id": UNKNOWN_ID}),
        )
        .await;
    assert_eq!(read, json!({"vehicle": null}));
    for change in [
        "enableVehicle(id: $id) { id }",
        "disableVehicle(id: $id) { id }",
        "deleteVehicle(id: $id)",
    ] {
        let error = stage
            .error(
                &format!("mutation($id: ID!) {{ {change} }}"),
                json!({"id": UNKNOWN_ID}),
            )
            .await;
        assert_eq!(error["extensions"]["code"], "NOT_FOUND", "{change}");
        assert_eq!(error["message"], "vehicle not found");
    }
}

#[tokio::test]
async fn vehicles_are_listed_page_by_page() {
    let stage = Stage::new().await;
    let mut ids = Vec::new();
    for name in ["Lift 1", "Lift 2", "Lift 3"] {
        ids.push(stage.forklift(name).await);
    }
    let query = "query($after: String) {
        vehicles(pagination: {first: 2, after: $after}) {
            totalCount nodes { id } edges { cursor node { id } }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }";
    let first = stage.data(query, json!({})).await["vehicles"].take();
    assert_eq!(first["nodes"], json!([{"id": ids[0]}, {"id": ids[1]}]));
    assert_eq!(first["totalCount"], 3);
    assert_eq!(first["edges"][1]["node"], first["nodes"][1]);
    let info = &first["pageInfo"];
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(info["startCursor"], first["edges"][0]["cursor"]);
    assert_eq!(info["endCursor"], first["edges"][1]["cursor"]);

    let second = stage.data(query, json!({"after": info["endCursor"]})).await["vehicles"].take();
    assert_eq!(second["nodes"], json!([{"id": ids[2]}]));
    let info = &second["pageInfo"];
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn vehicles_are_filtered() {
    let stage = Stage::new().await;
    let (idle, enabled) = (
        stage.forklift("Lift 1").await,
        stage.enabled_forklift("Lift 2").await,
    );
    let query = "query($filter: VehicleFilter) { vehicles(filter: $filter) { nodes { id } } }";
    for (filter, expected) in [
        (json!({"enabled": true}), json!([{"id": enabled}])),
        (json!({"enabled": false, "status": "IDLE"}), json!([{"id": idle}])),
        (json!({"type": "AMR"}), json!([])),
        (json!(null), json!([{"id": idle}, {"id": enabled}])),
    ] {
        let found = stage.data(query, json!({"filter": filter})).await;
        assert_eq!(found["vehicles"]["nodes"], expected, "{filter}");
    }
    let lists = "{ vehiclesByType(type: FORKLIFT) { id } enabledVehicles { id } }";
    let expected = json!({
        "vehiclesByType": [{"id": idle}, {"id": enabled}],
        "enabledVehicles": [{"id": enabled}],
    });
    assert_eq!(stage.data(lists, json!({})).await, expected);
}

#[tokio::test]
async fn vehicles_are_found_by_a_part_of_their_name_manufacturer_or_model() {
    let stage = Stage::new().await;
    for name in ["Lift 1", "Lift 2", "Gabelstapler Süd"] {
        stage.forklift(name).await;
    }
    let query =
        "query($search: String) { vehicles(filter: {search: $search}) { totalCount nodes { name } } }";
    for (search, expected) in [
        ("ift 2", &["Lift 2"][..]),
        ("SÜD", &["Gabelstapler Süd"]),
        ("%", &[]),
        ("acm", &["Lift 1", "Lift 2", "Gabelstapler Süd"]),
    ] {
        let found = stage.data(query, json!({"search": search})).await["vehicles"].take();
        assert_eq!(
            (names(&found), &found["totalCount"]),
            (expected.to_vec(), &json!(expected.len())),
            "{search}"
        );
    }
    let query = "query($filter: VehicleFilter) { vehicles(filter: $filter) { nodes { name } } }";
    let error = stage
        .error(
            query,
            json!({"filter": {"search": "x".repeat(101), "groupId": "7"}}),
        )
        .await;
    let named: Vec<_> = fields(&error).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["filter.groupId", "filter.search"]);
}

#[rstest]
#[case(json!(null), &["Lift b", "Lift A", "lift C"])]
#[case(json!({"field": "NAME"}), &["Lift A", "Lift b", "lift C"])]
#[case(json!({"field": "NAME", "direction": "DESC"}), &["lift C", "Lift b", "Lift A"])]
#[case(json!({"field": "CREATED_AT", "direction": "DESC"}), &["lift C", "Lift A", "Lift b"])]
#[case(json!({"field": "UPDATED_AT", "direction": "ASC"}), &["Lift b", "lift C", "Lift A"])]
#[case(json!({"field": "STATUS", "direction": "DESC"}), &["Lift A", "lift C", "Lift b"])]
#[tokio::test]
async fn vehicles_are_sorted_across_pages(#[case] sort: Value, #[case] expected: &[&str]) {
    let stage = Stage::new().await;
    let mut ids = Vec::new();
    for name in ["Lift b", "Lift A", "lift C"] {
        ids.push(stage.forklift(name).await);
    }
    let set = "mutation($id: ID!) { updateVehicleStatus(id: $id, status: STOPPED) { id } }";
    stage.data(set, json!({"id": ids[1]})).await;
    let query = "query($sort: VehicleSort, $after: String) {
        vehicles(sort: $sort, pagination: {first: 2, after: $after}) { nodes { name } pageInfo { endCursor } }
    }";
    let first = stage.data(query, json!({"sort": sort})).await["vehicles"].take();
    let after = &first["pageInfo"]["endCursor"];
    let second = stage.data(query, json!({"sort": sort, "after": after})).await["vehicles"].take();
    assert_eq!([names(&first), names(&second)].concat(), expected);

    let other = json!({"sort": {"field": "NAME", "direction": "ASC"}, "after": after});
    if sort != other["sort"] && sort != json!({"field": "NAME"}) {
        let error = stage.error(query, other).await;
        assert_eq!(
            fields(&error)[0].0,
            "pagination.after",
            "the cursor is of another order"
        );
    }
}

fn names(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().expect("a list");
    nodes
        .iter()
        .map(|node| node["name"].as_str().expect("a name"))
        .collect()
}
