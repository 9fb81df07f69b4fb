//! What is wrong with an input is said all at once.

use rstest::rstest;
use serde_json::{Value, json};

use crate::stage::Stage;

const CREATE: &str = "mutation($input: CreateVehicleInput!) {
    createVehicle(input: $input) { id ... on AMR { obstacleAvoidanceConfig } }
}";

fn an_amr() -> Value {
    json!({
        "name": "AMR 1", "type": "AMR", "manufacturer": "Acme",
        "specification": {"maxSpeed": 1.5, "maxLoad": 100, "batteryCapacity": 960},
        "amr": {"lidarEnabled": true, "cameraEnabled": true, "ultrasonicEnabled": true, "autonomyLevel": 3},
    })
}

fn fields(error: &Value) -> Vec<(&str, &str)> {
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
    let fields = error["extensions"]["fields"]
        .as_array()
        .expect("a list of fields");
    fields
        .iter()
        .map(|at| {
            (
                at["field"].as_str().expect("a text"),
                at["message"].as_str().expect("a text"),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_fault_of_a_new_vehicle_is_named() {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input["name"] = json!("  ");
    input["manufacturer"] = json!("x".repeat(101));
    input["specification"] = json!({"maxSpeed": 0, "maxLoad": -1, "batteryCapacity": 960});
    input["amr"]["autonomyLevel"] = json!(6);
    input["amr"]["mapId"] = json!("");
    input["amr"]["obstacleAvoidanceConfig"] = json!([1]);
    let error = stage.error(CREATE, json!({"input": input})).await;
    assert_eq!(
        fields(&error),
        [
            ("name", "must not be empty"),
            ("manufacturer", "must have at most 100 characters, not 101"),
            ("specification.maxSpeed", "must be greater than 0 m/s"),
            ("specification.maxLoad", "must be at least 0 kg"),
            ("amr.autonomyLevel", "must be between 0 and 5"),
            ("amr.mapId", "must not be empty"),
            ("amr.obstacleAvoidanceConfig", "must be a JSON object"),
        ]
    );
}

#[rstest]
#[case::other(json!({"amr": null, "forklift": {}}), &["forklift", "amr"])]
#[case::both(json!({"agv": {"guideType": "WIRE"}}), &["agv"])]
#[case::none(json!({"amr": null}), &["amr"])]
#[case::all(json!({"agv": {"guideType": "WIRE"}, "oht": {"railId": ""}, "forklift": {}}), &["agv", "oht.railId", "oht", "forklift"])]
#[tokio::test]
async fn exactly_the_details_of_the_type_are_given(#[case] change: Value, #[case] expected: &[&str]) {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input
        .as_object_mut()
        .expect("an object")
        .extend(change.as_object().expect("an object").clone());
    let error = stage.error(CREATE, json!({"input": input})).await;
    let named: Vec<_> = fields(&error).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, expected);
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict() {
    let stage = Stage::new().await;
    stage.data(CREATE, json!({"input": an_amr()})).await;
    let error = stage.error(CREATE, json!({"input": an_amr()})).await;
    assert_eq!(error["extensions"], json!({"code": "CONFLICT", "field": "name"}));
}

#[tokio::test]
async fn variables_that_do_not_fit_are_bad_input_with_their_path() {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input["amr"]["lidarEnabled"] = json!(null);
    input["colour"] = json!("red");
    let (status, answer) = stage
        .post(&json!({"query": CREATE, "variables": {"input": input}}))
        .await;
    assert_eq!(status, 400);
    let errors = answer["errors"].as_array().expect("errors");
    let mut named: Vec<_> = errors
        .iter()
        .flat_map(fields)
        .map(|(field, _)| field.to_owned())
        .collect();
    named.sort();
    assert_eq!(named, ["input.amr.lidarEnabled", "input.colour"]);

    let error = stage.error(CREATE, json!({})).await;
    assert_eq!(fields(&error), [("input", "must be given")]);
}

#[tokio::test]
async fn pages_are_checked() {
    let stage = Stage::new().await;
    let query = "query($page: Pagination) { vehicles(pagination: $page) { totalCount } }";
    let error = stage.error(query, json!({"page": {"first": 501}})).await;
    assert_eq!(
        fields(&error),
        [("pagination.first", "must be between 1 and 500")]
    );
    let error = stage.error(query, json!({"page": {"after": "?"}})).await;
    assert_eq!(
        fields(&error),
        [("pagination.after", "must be a cursor of an earlier page")]
    );
}

#[tokio::test]
async fn an_id_is_a_uuid() {
    let stage = Stage::new().await;
    let error = stage.error("{ vehicle(id: \"seven\") { id } }", json!({})).await;
    assert_eq!(fields(&error).len(), 1);
    assert_eq!(fields(&error)[0].0, "id");
    let error = stage
        .error("{ vehiclePosition(vehicleId: 7) { x } }", json!({}))
        .await;
    assert_eq!(fields(&error)[0].0, "vehicleId");
}

#[tokio::test]
async fn json_is_taken_as_a_literal_too() {
    let stage = Stage::new().await;
    let query = r#"mutation { # Größe
        createVehicle(input: {
            name: "Größe 🤖", type: AMR, manufacturer: "Acme",
            specification: {maxSpeed: 1.5, maxLoad: 100, batteryCapacity: 960},
            amr: {
                lidarEnabled: true, cameraEnabled: true, ultrasonicEnabled: true, autonomyLevel: 3,
                obstacleAvoidanceConfig: {a: [1, {b: "x\"y"}], c: null, d: 2.5, e: true}
            }
        }) { name ... on AMR { obstacleAvoidanceConfig } }
    }"#;
    let created = stage.data(query, json!({})).await;
    let expected = json!({
        "name": "Größe 🤖",
        "obstacleAvoidanceConfig": {"a": [1, {"b": "x\"y"}], "c": null, "d": 2.5, "e": true},
    });
    assert_eq!(created["createVehicle"], expected);
}

#[tokio::test]
async fn json_settings_have_at_most_16_kib() {
    let stage = Stage::new().await;
    let mut input = an_amr();
    input["amr"]["obstacleAvoidanceConfig"] = json!({"x": "a".repeat(16 * 1024)});
    let error = stage.error(CREATE, json!({"input": input})).await;
    assert_eq!(fields(&error)[0].0, "amr.obstacleAvoidanceConfig");
}
