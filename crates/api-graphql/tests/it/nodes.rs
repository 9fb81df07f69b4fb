//! Objects of any type by id.

use std::sync::Arc;

use api_graphql::GraphqlOptions;
use domain::Role;
use serde_json::{Value, json};

use crate::{
    inputs::fields,
    probe::Probe,
    stage::{Stage, UNKNOWN_ID},
};

const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) {
    __typename id
    ... on Vehicle { name groups { name } } ... on Group { name } ... on Organization { name }
    ... on User { username } ... on Grant { userId }
} }";

async fn own_id(stage: &Stage) -> Value {
    stage.data("{ me { id } }", json!({})).await["me"]["id"].take()
}

#[tokio::test]
async fn objects_of_every_type_are_found_by_their_id() {
    let stage = Stage::new().await;
    let (vehicle, group) = (stage.forklift("Lift 1").await, stage.group("Hall A").await);
    stage.add_to_group(&group, &vehicle).await;
    let user = own_id(&stage).await;
    let grant = "mutation($input: CreateGrantInput!) { createGrant(input: $input) { id } }";
    let viewer = stage
        .stores
        .staff
        .create_user(Role::Viewer, None, &[])
        .await
        .user
        .id
        .to_string();
    let grant = stage
        .data(grant, json!({"input": {"userId": viewer, "vehicleId": vehicle}}))
        .await;
    let grant = grant["createGrant"]["id"].clone();
    let organization = "00000000-0000-7000-8000-000000000001";
    let ids = json!([grant, organization, UNKNOWN_ID, user, vehicle, group, vehicle]);
    let nodes = stage.data(NODES, json!({"ids": ids})).await["nodes"].take();
    let lift =
        json!({"__typename": "Forklift", "id": vehicle, "name": "Lift 1", "groups": [{"name": "Hall A"}]});
    let expected = json!([
        {"__typename": "Grant", "id": grant, "userId": viewer},
        {"__typename": "Organization", "id": organization, "name": "Default"},
        null,
        {"__typename": "User", "id": user, "username": stage.administrator.user.username.as_str()},
        lift,
        {"__typename": "Group", "id": group, "name": "Hall A"},
        lift,
    ]);
    assert_eq!(nodes, expected);
    let one = "query($id: ID!) { node(id: $id) { id ... on Forklift { liftHeight } } }";
    let found = stage.data(one, json!({"id": vehicle})).await;
    assert_eq!(found["node"], json!({"id": vehicle, "liftHeight": null}));
    assert_eq!(
        stage.data(one, json!({"id": UNKNOWN_ID})).await["node"],
        json!(null)
    );
}

#[tokio::test]
async fn an_object_that_is_not_visible_is_null() {
    let stage = Stage::new().await;
    let (vehicle, group) = (stage.forklift("Lift 1").await, stage.group("Hall A").await);
    let administrator = own_id(&stage).await;
    let viewer = stage.stores.staff.create_user(Role::Viewer, None, &[]).await;
    let itself = viewer.user.id.to_string();
    let ids = json!([vehicle, group, administrator, itself]);
    let body = json!({"query": NODES, "variables": {"ids": ids}});
    let (_, answer) = stage.post_as(Some(&viewer), &body).await;
    let expected = json!([null, null, null, {"__typename": "User", "id": itself, "username": viewer.user.username.as_str()}]);
    assert_eq!(answer["errors"], json!(null));
    assert_eq!(answer["data"]["nodes"], expected);
}

#[tokio::test]
async fn many_nodes_take_one_call_per_type() {
    let probe = Arc::new(Probe::default());
    let stage = Stage::on(GraphqlOptions::default(), probe.stores()).await;
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(stage.forklift(&format!("Lift {number}")).await);
    }
    ids.push(stage.group("Hall A").await);
    probe.calls();
    let aliases: String = ids
        .iter()
        .enumerate()
        .map(|(n, id)| format!("a{n}: node(id: \"{id}\") {{ id }} "))
        .collect();
    let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ id }} {aliases} }}");
    stage.data(&query, json!({"ids": ids})).await;
    let calls: Vec<_> = probe.calls().into_iter().collect();
    assert_eq!(
        calls,
        [("find_by_ids of groups", 1), ("find_by_ids of vehicles", 1)]
    );
}

#[tokio::test]
async fn node_ids_are_checked() {
    let stage = Stage::new().await;
    let error = stage.error(NODES, json!({"ids": [UNKNOWN_ID, "seven"]})).await;
    assert_eq!(fields(&error)[0].0, "ids[1]");
    let error = stage.error(NODES, json!({"ids": vec![UNKNOWN_ID; 501]})).await;
    assert_eq!(fields(&error), [("ids", "must have at most 500 elements")]);
    let error = stage.error("{ node(id: \"seven\") { id } }", json!({})).await;
    assert_eq!(fields(&error)[0].0, "id");
}
