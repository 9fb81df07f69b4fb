//! Partial updates of a vehicle.

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    inputs::fields,
    stage::{Stage, UNKNOWN_ID},
};

const UPDATE: &str = "mutation($id: ID!, $input: UpdateVehicleInput!) {
    updateVehicle(id: $id, input: $input) {
        name manufacturer model version specification { maxSpeed maxLoad batteryCapacity }
        ... on AMR { lidarEnabled cameraEnabled ultrasonicEnabled autonomyLevel mapId obstacleAvoidanceConfig }
        ... on AGV { guideType lineFollowingConfig loadType maxLoadWeight }
        ... on OHT { railId hoistStatus railPosition railSegments { segmentId start end } }
        ... on Forklift { mastHeight liftHeight forkLength loadCapacity }
    }
}";

/// Creates a vehicle with all details of its type. Returns its id, and the fields that `UPDATE` selects.
async fn a_vehicle(stage: &Stage, kind: &str, field: &str, details: &Value) -> (String, Value) {
    let mut input = json!({
        "name": "Vehicle 1", "type": kind, "manufacturer": "Acme", "model": "M1",
        "specification": {"maxSpeed": 1.5, "maxLoad": 100.5, "batteryCapacity": 960.5},
    });
    input[field] = details.clone();
    let query = "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id } }";
    let created = stage.data(query, json!({"input": input})).await;
    let id = created["createVehicle"]["id"].as_str().expect("an id").to_owned();
    let mut shown = input;
    let shown_fields = shown.as_object_mut().expect("an object");
    shown_fields.remove("type");
    shown_fields.remove(field);
    shown_fields.extend(details.as_object().expect("an object").clone());
    shown_fields.insert("version".to_owned(), json!(1));
    (id, shown)
}

fn amr() -> Value {
    json!({
        "lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": true, "autonomyLevel": 4,
        "mapId": "floor-1", "obstacleAvoidanceConfig": {"minDistance": 0.4},
    })
}

fn agv() -> Value {
    json!({"guideType": "WIRE", "lineFollowingConfig": {"gain": 0.5}, "loadType": "pallet", "maxLoadWeight": 750.5})
}

fn oht() -> Value {
    json!({
        "railId": "bay 1", "hoistStatus": "UP", "railPosition": 4.5,
        "railSegments": [{"segmentId": "a", "start": 0.5, "end": 10.5}],
    })
}

fn forklift() -> Value {
    json!({"mastHeight": 2.1, "liftHeight": 4.5, "forkLength": 1.2, "loadCapacity": 1600.5})
}

#[rstest]
#[case::amr("AMR", "amr", amr(), json!({"cameraEnabled": true, "mapId": null, "obstacleAvoidanceConfig": null}))]
#[case::amr("AMR", "amr", amr(), json!({"autonomyLevel": 5, "obstacleAvoidanceConfig": {"a": [null]}}))]
#[case::agv("AGV", "agv", agv(), json!({"guideType": "LASER", "lineFollowingConfig": null}))]
#[case::agv("AGV", "agv", agv(), json!({"loadType": null, "maxLoadWeight": null}))]
#[case::oht("OHT", "oht", oht(), json!({"hoistStatus": "DOWN", "railPosition": null, "railSegments": []}))]
#[case::oht("OHT", "oht", oht(), json!({"railId": "bay 2", "hoistStatus": null, "railPosition": 10.5}))]
#[case::forklift("FORKLIFT", "forklift", forklift(), json!({"mastHeight": null, "liftHeight": 5.5}))]
#[case::nothing("FORKLIFT", "forklift", forklift(), json!({}))]
#[tokio::test]
async fn details_change_one_by_one_and_null_clears_them(
    #[case] kind: &str,
    #[case] field: &str,
    #[case] details: Value,
    #[case] change: Value,
) {
    let stage = Stage::new().await;
    let (id, mut expected) = a_vehicle(&stage, kind, field, &details).await;
    let updated = stage
        .data(UPDATE, json!({"id": id, "input": {field: change}}))
        .await;
    let fields = change.as_object().expect("an object");
    expected["version"] = json!(if fields.is_empty() { 1 } else { 2 });
    expected
        .as_object_mut()
        .expect("an object")
        .extend(fields.clone());
    assert_eq!(updated["updateVehicle"], expected);
}

#[tokio::test]
async fn null_removes_the_segments_of_a_rail() {
    let stage = Stage::new().await;
    let (id, _) = a_vehicle(&stage, "OHT", "oht", &oht()).await;
    let updated = stage
        .data(
            UPDATE,
            json!({"id": id, "input": {"oht": {"railSegments": null}}}),
        )
        .await;
    assert_eq!(updated["updateVehicle"]["railSegments"], json!([]));
}

#[tokio::test]
async fn omitted_fields_keep_their_values() {
    let stage = Stage::new().await;
    let (id, mut expected) = a_vehicle(&stage, "FORKLIFT", "forklift", &forklift()).await;
    let input =
        json!({"name": " Vehicle 2 ", "model": null, "specification": {"maxLoad": 0.0}, "version": 1});
    let updated = stage.data(UPDATE, json!({"id": id, "input": input})).await;
    expected["name"] = json!("Vehicle 2");
    expected["model"] = json!(null);
    expected["specification"]["maxLoad"] = json!(0.0);
    expected["version"] = json!(2);
    assert_eq!(updated["updateVehicle"], expected);
}

/// In an input object literal, a field whose variable is omitted is treated as omitted.
#[tokio::test]
async fn a_field_with_an_omitted_variable_is_omitted() {
    let stage = Stage::new().await;
    let (id, _) = a_vehicle(&stage, "FORKLIFT", "forklift", &forklift()).await;
    let query = "mutation($id: ID!, $name: String, $model: String) {
        updateVehicle(id: $id, input: {name: $name, model: $model, manufacturer: \"Bcme\"}) { name model manufacturer }
    }";
    let updated = stage.data(query, json!({"id": id, "model": null})).await;
    let expected = json!({"name": "Vehicle 1", "model": null, "manufacturer": "Bcme"});
    assert_eq!(updated["updateVehicle"], expected);
}

#[rstest]
#[case::nulls(
    json!({
        "name": null, "manufacturer": null,
        "specification": {"maxSpeed": null, "maxLoad": null, "batteryCapacity": null},
        "amr": {"lidarEnabled": null, "cameraEnabled": null, "ultrasonicEnabled": null, "autonomyLevel": null},
    }),
    &[
        "name", "manufacturer", "specification.maxSpeed", "specification.maxLoad", "specification.batteryCapacity",
        "amr.autonomyLevel", "amr.lidarEnabled", "amr.cameraEnabled", "amr.ultrasonicEnabled",
    ],
    Some("must not be null"),
)]
#[case::whole_parts(
    json!({"specification": null, "amr": null, "agv": null, "oht": null, "forklift": null}),
    &["specification", "amr", "agv", "oht", "forklift"],
    Some("must not be null"),
)]
#[case::details(json!({"agv": {"guideType": null}, "oht": {"railId": null}}), &["agv.guideType", "oht.railId", "oht"], None)]
#[case::texts(
    json!({"name": "", "manufacturer": "x".repeat(101), "model": "a\u{7}", "amr": {"mapId": " "}}),
    &["name", "manufacturer", "model", "amr.mapId"],
    None,
)]
#[case::figures_alone(json!({"specification": {"maxSpeed": 0, "maxLoad": -1}}), &["specification.maxSpeed", "specification.maxLoad"], None)]
#[case::figures_and_others(
    json!({"name": " ", "specification": {"maxSpeed": -0.5}, "forklift": {"liftHeight": -1}}),
    &["name", "specification.maxSpeed", "forklift.liftHeight"],
    None,
)]
#[case::rails_and_others(
    json!({"name": " ", "oht": {"railPosition": 9, "railSegments": [{"segmentId": "a", "start": 1, "end": 1}]}}),
    &["name", "oht.railSegments[0].end", "oht.railPosition"],
    None,
)]
#[case::loads_and_others(json!({"name": " ", "agv": {"maxLoadWeight": -1}}), &["name", "agv.maxLoadWeight"], None)]
#[case::other_kind(json!({"agv": {"maxLoadWeight": 1}}), &["agv"], Some("must be those of a vehicle of type FORKLIFT, not AGV"))]
#[case::details_alone(json!({"forklift": {"mastHeight": 0}}), &["forklift.mastHeight"], None)]
#[case::two_kinds(json!({"forklift": {}, "agv": {}}), &["forklift"], Some("must not be given together with agv"))]
#[tokio::test]
async fn all_violations_are_reported_with_the_field_names_of_the_input(
    #[case] input: Value,
    #[case] expected: &[&str],
    #[case] message: Option<&str>,
) {
    let stage = Stage::new().await;
    let (id, _) = a_vehicle(&stage, "FORKLIFT", "forklift", &forklift()).await;
    let error = stage.error(UPDATE, json!({"id": id, "input": input})).await;
    let violations = fields(&error);
    let named: Vec<_> = violations.iter().map(|(field, _)| *field).collect();
    assert_eq!(named, expected);
    if let Some(expected) = message {
        assert!(
            violations.iter().all(|(_, message)| *message == expected),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_existing_rail_position_must_lie_in_the_new_segments() {
    let stage = Stage::new().await;
    let (id, _) = a_vehicle(&stage, "OHT", "oht", &oht()).await;
    let shorter = json!({"oht": {"railSegments": [{"segmentId": "a", "start": 0, "end": 1}]}});
    let error = stage.error(UPDATE, json!({"id": id, "input": shorter})).await;
    assert_eq!(
        fields(&error),
        [("oht.railPosition", "must lie in one of railSegments")]
    );
}

#[tokio::test]
async fn a_change_that_is_based_on_an_old_version_is_a_conflict() {
    let stage = Stage::new().await;
    let id = stage.forklift("Lift 1").await;
    for (version, expected) in [(1, Ok(2)), (1, Err(2)), (2, Ok(3)), (-7, Err(3))] {
        let input = json!({"name": format!("Lift at {version}"), "version": version});
        let (_, answer) = stage
            .post(&json!({"query": UPDATE, "variables": {"id": id, "input": input}}))
            .await;
        match expected {
            Ok(version) => assert_eq!(answer["data"]["updateVehicle"]["version"], version),
            Err(current) => {
                let error = &answer["errors"][0];
                assert_eq!(
                    error["extensions"],
                    json!({"code": "CONFLICT", "version": current})
                );
                let message = error["message"].as_str().expect("a text");
                assert!(
                    message.ends_with(&format!("its current version is {current}")),
                    "{message}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_name_in_use_is_a_conflict_and_an_unknown_vehicle_is_not_found() {
    let stage = Stage::new().await;
    stage.forklift("Lift 1").await;
    let id = stage.forklift("Lift 2").await;
    let error = stage
        .error(UPDATE, json!({"id": id, "input": {"name": "Lift 1"}}))
        .await;
    assert_eq!(error["extensions"], json!({"code": "CONFLICT", "field": "name"}));
    let error = stage
        .error(UPDATE, json!({"id": UNKNOWN_ID, "input": {"name": "Lift 3"}}))
        .await;
    assert_eq!(error["extensions"]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn a_status_is_only_set_if_the_current_one_allows_it() {
    let stage = Stage::new().await;
    let id = stage.forklift("Lift 1").await;
    let query = "mutation($id: ID!, $status: VehicleStatus!) {
        updateVehicleStatus(id: $id, status: $status) { status version }
    }";
    let changed = stage
        .data(query, json!({"id": id, "status": "MAINTENANCE"}))
        .await;
    assert_eq!(
        changed["updateVehicleStatus"],
        json!({"status": "MAINTENANCE", "version": 2})
    );
    let error = stage.error(query, json!({"id": id, "status": "MOVING"})).await;
    assert_eq!(
        fields(&error),
        [("status", "must not change from MAINTENANCE to MOVING")]
    );
    let error = stage.error(query, json!({"id": id, "status": "FLYING"})).await;
    assert_eq!(fields(&error)[0].0, "status");
}
