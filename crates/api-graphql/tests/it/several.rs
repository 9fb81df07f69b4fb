//! Mutations that change several vehicles, either all or none of them.

use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    inputs::fields,
    stage::{Stage, UNKNOWN_ID},
};

const ENABLE: &str =
    "mutation($ids: [ID!]!) { enableVehicles(ids: $ids) { vehicles { id isEnabled version } } }";
const DISABLE: &str =
    "mutation($ids: [ID!]!) { disableVehicles(ids: $ids) { vehicles { id isEnabled version } } }";
const DELETE: &str = "mutation($ids: [ID!]!) { deleteVehicles(ids: $ids) { deletedVehicleIds } }";

async fn a_fleet(stage: &Stage) -> [String; 3] {
    [
        stage.forklift("Lift 1").await,
        stage.enabled_forklift("Lift 2").await,
        stage.forklift("Lift 3").await,
    ]
}

fn vehicle(id: &str, is_enabled: bool, version: u32) -> Value {
    json!({"id": id, "isEnabled": is_enabled, "version": version})
}

#[tokio::test]
async fn several_vehicles_are_enabled_disabled_and_deleted_together() {
    let stage = Stage::new().await;
    let [one, two, three] = a_fleet(&stage).await;
    // The result is in the order of the request, with each vehicle once.
    let enabled = stage.data(ENABLE, json!({"ids": [three, one, three, two]})).await;
    let expected = json!([
        vehicle(&three, true, 2),
        vehicle(&one, true, 2),
        vehicle(&two, true, 2)
    ]);
    assert_eq!(enabled["enableVehicles"]["vehicles"], expected);
    assert!(
        stage.live.vehicles(&[one.parse().expect("an id")])[0]
            .as_ref()
            .is_some_and(|it| it.is_enabled)
    );

    let disabled = stage.data(DISABLE, json!({"ids": [one, two]})).await;
    let expected = json!([vehicle(&one, false, 3), vehicle(&two, false, 3)]);
    assert_eq!(disabled["disableVehicles"]["vehicles"], expected);

    let deleted = stage.data(DELETE, json!({"ids": [two, one]})).await;
    assert_eq!(
        deleted["deleteVehicles"],
        json!({"deletedVehicleIds": [two, one]})
    );
    let left = stage.data("{ vehicles { nodes { id } } }", json!({})).await;
    assert_eq!(left["vehicles"]["nodes"], json!([{"id": three}]));
    for query in [ENABLE, DISABLE, DELETE] {
        stage.data(query, json!({"ids": []})).await;
    }
}

#[rstest]
#[case(ENABLE)]
#[case(DISABLE)]
#[case(DELETE)]
#[tokio::test]
async fn an_unknown_vehicle_is_named_and_nothing_is_changed(#[case] query: &str) {
    let stage = Stage::new().await;
    let [one, two, three] = a_fleet(&stage).await;
    let error = stage
        .error(query, json!({"ids": [one, two, UNKNOWN_ID, three]}))
        .await;
    assert_eq!(
        error["extensions"],
        json!({"code": "NOT_FOUND", "id": UNKNOWN_ID})
    );
    assert_eq!(error["message"], format!("vehicle {UNKNOWN_ID} not found"));
    let left = stage
        .data("{ vehicles { nodes { id isEnabled version } } }", json!({}))
        .await;
    let expected = json!([
        vehicle(&one, false, 1),
        vehicle(&two, true, 2),
        vehicle(&three, false, 1)
    ]);
    assert_eq!(left["vehicles"]["nodes"], expected);
}

#[tokio::test]
async fn all_ids_are_checked_before_the_change() {
    let stage = Stage::new().await;
    let one = stage.forklift("Lift 1").await;
    let error = stage.error(ENABLE, json!({"ids": [one, "seven", "eight"]})).await;
    let named: Vec<_> = fields(&error).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["ids[1]", "ids[2]"]);
    let many = vec![one.as_str(); 1_001];
    let error = stage.error(ENABLE, json!({"ids": many})).await;
    assert_eq!(fields(&error), [("ids", "must have at most 1000 elements")]);
    assert_eq!(
        stage.data(ENABLE, json!({"ids": many[1..]})).await["enableVehicles"]["vehicles"],
        json!([vehicle(&one, true, 2)])
    );
}

#[tokio::test]
async fn a_deleted_vehicle_can_be_restored_once() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.data(DELETE, json!({"ids": [id]})).await;
    let restore = "mutation($id: ID!) { restoreVehicle(id: $id) { id isEnabled version } }";
    let restored = stage.data(restore, json!({"id": id})).await;
    assert_eq!(restored["restoreVehicle"], vehicle(&id, false, 4));
    let error = stage.error(restore, json!({"id": id})).await;
    assert_eq!(error["extensions"]["code"], "CONFLICT");
    let error = stage.error(restore, json!({"id": UNKNOWN_ID})).await;
    assert_eq!(error["extensions"]["code"], "NOT_FOUND");
}
