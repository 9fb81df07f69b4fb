//! Groups and organisations.

use serde_json::{Value, json};

use crate::{
    inputs::fields,
    stage::{Stage, UNKNOWN_ID},
};

const DEFAULT_ORGANIZATION: &str = "00000000-0000-7000-8000-000000000001";

async fn organization(stage: &Stage, name: &str) -> String {
    let query = "mutation($name: String!) { createOrganization(input: {name: $name}) { id } }";
    let created = stage.data(query, json!({"name": name})).await;
    created["createOrganization"]["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

fn names(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().expect("a list");
    nodes
        .iter()
        .map(|node| node["name"].as_str().expect("a name"))
        .collect()
}

#[tokio::test]
async fn a_group_is_created_renamed_and_deleted() {
    let stage = Stage::new().await;
    let query = "mutation($input: CreateGroupInput!) { createGroup(input: $input) { id name organizationId createdAt } }";
    let mut created = stage.data(query, json!({"input": {"name": " Hall 1 "}})).await["createGroup"].take();
    let id = created["id"].take();
    assert_eq!(
        (&created["name"], &created["organizationId"]),
        (&json!("Hall 1"), &json!(DEFAULT_ORGANIZATION))
    );
    let query = "mutation($id: ID!) { updateGroup(id: $id, input: {name: \"Hall 2\"}) { id name } }";
    let renamed = stage.data(query, json!({"id": id})).await;
    assert_eq!(renamed["updateGroup"], json!({"id": id, "name": "Hall 2"}));
    let query = "query($id: ID!) { group(id: $id) { name updatedAt } }";
    let found = stage.data(query, json!({"id": id})).await;
    assert_eq!(found["group"]["name"], "Hall 2");
    let delete = "mutation($id: ID!) { deleteGroup(id: $id) }";
    assert_eq!(
        stage.data(delete, json!({"id": id})).await,
        json!({"deleteGroup": true})
    );
    assert_eq!(stage.data(query, json!({"id": id})).await, json!({"group": null}));
    let again = stage.error(delete, json!({"id": id})).await;
    assert_eq!(
        (&again["message"], &again["extensions"]["code"]),
        (&json!("group not found"), &json!("NOT_FOUND"))
    );
}

#[tokio::test]
async fn vehicles_are_added_to_and_removed_from_groups() {
    let stage = Stage::new().await;
    let [one, two] = [stage.forklift("Lift 1").await, stage.forklift("Lift 2").await];
    let [hall, yard] = [stage.group("Hall").await, stage.group("Yard").await];
    for (group, vehicle) in [(&hall, &one), (&yard, &one), (&yard, &two)] {
        stage.add_to_group(group, vehicle).await;
    }
    let query = "query($group: ID!) { vehicles(filter: {groupId: $group}) { totalCount nodes { name groups { name } } } }";
    let found = stage.data(query, json!({"group": hall})).await;
    let nodes = json!([{"name": "Lift 1", "groups": [{"name": "Hall"}, {"name": "Yard"}]}]);
    assert_eq!(found["vehicles"], json!({"totalCount": 1, "nodes": nodes}));

    let remove = "mutation($group: ID!, $vehicle: ID!) {
        removeVehicleFromGroup(groupId: $group, vehicleId: $vehicle) { groups { name } }
    }";
    let variables = json!({"group": yard, "vehicle": one});
    let left = stage.data(remove, variables.clone()).await;
    assert_eq!(
        left["removeVehicleFromGroup"],
        json!({"groups": [{"name": "Hall"}]})
    );
    assert_eq!(
        stage.error(remove, variables).await["extensions"]["code"],
        "NOT_FOUND"
    );
    let found = stage.data(query, json!({"group": UNKNOWN_ID})).await;
    assert_eq!(found["vehicles"], json!({"totalCount": 0, "nodes": []}));
}

#[tokio::test]
async fn invalid_fields_of_a_group_are_named() {
    let stage = Stage::new().await;
    let create = "mutation($input: CreateGroupInput!) { createGroup(input: $input) { id } }";
    let error = stage
        .error(create, json!({"input": {"name": "", "organizationId": "x"}}))
        .await;
    assert_eq!(
        fields(&error).iter().map(|(field, _)| *field).collect::<Vec<_>>(),
        ["name", "organizationId"]
    );
    let error = stage
        .error(
            create,
            json!({"input": {"name": "Hall", "organizationId": UNKNOWN_ID}}),
        )
        .await;
    assert_eq!(error["extensions"]["code"], "NOT_FOUND");
    let id = stage.group("Hall").await;
    let error = stage.error(create, json!({"input": {"name": "Hall"}})).await;
    assert_eq!(error["extensions"], json!({"code": "CONFLICT", "field": "name"}));
    let rename = "mutation($id: ID!) { updateGroup(id: $id, input: {name: \"\"}) { id } }";
    assert_eq!(
        fields(&stage.error(rename, json!({"id": id})).await),
        [("name", "must not be empty")]
    );
    let add = "mutation { addVehicleToGroup(groupId: \"x\", vehicleId: \"y\") { id } }";
    let error = stage.error(add, json!({})).await;
    assert_eq!(
        fields(&error).iter().map(|(field, _)| *field).collect::<Vec<_>>(),
        ["groupId", "vehicleId"]
    );
}

#[tokio::test]
async fn a_vehicle_and_its_groups_belong_to_one_organisation() {
    let stage = Stage::new().await;
    let theirs = organization(&stage, "Theirs").await;
    let query = "mutation($input: CreateGroupInput!) { createGroup(input: $input) { id } }";
    let group = stage
        .data(
            query,
            json!({"input": {"name": "Hall", "organizationId": theirs}}),
        )
        .await;
    let vehicle = stage.forklift("Lift 1").await;
    let add = "mutation($group: ID!, $vehicle: ID!) { addVehicleToGroup(groupId: $group, vehicleId: $vehicle) { id } }";
    let error = stage
        .error(
            add,
            json!({"group": group["createGroup"]["id"], "vehicle": vehicle}),
        )
        .await;
    assert_eq!(fields(&error)[0].0, "vehicleId");
}

#[tokio::test]
async fn groups_are_listed_page_by_page_and_by_organisation() {
    let stage = Stage::new().await;
    let theirs = organization(&stage, "Theirs").await;
    for name in ["Hall 1", "Hall 2", "Hall 3"] {
        stage.group(name).await;
    }
    let query = "query($organization: ID, $first: Int, $after: String) {
        groups(organizationId: $organization, pagination: {first: $first, after: $after}) {
            totalCount nodes { name } edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage endCursor }
        }
    }";
    let first = stage
        .data(query, json!({"organization": DEFAULT_ORGANIZATION, "first": 2}))
        .await["groups"]
        .take();
    assert_eq!(
        (names(&first), &first["totalCount"]),
        (vec!["Hall 1", "Hall 2"], &json!(3))
    );
    assert_eq!(first["pageInfo"]["endCursor"], first["edges"][1]["cursor"]);
    let after = json!({"first": 2, "after": first["pageInfo"]["endCursor"]});
    let second = stage.data(query, after).await["groups"].take();
    assert_eq!(names(&second), ["Hall 3"]);
    assert_eq!(
        (
            &second["pageInfo"]["hasNextPage"],
            &second["pageInfo"]["hasPreviousPage"]
        ),
        (&json!(false), &json!(true))
    );
    let others = stage.data(query, json!({"organization": theirs})).await["groups"].take();
    assert_eq!((names(&others), &others["totalCount"]), (vec![], &json!(0)));

    let vehicles = stage
        .data("{ vehicles { pageInfo { endCursor } } }", json!({}))
        .await;
    assert_eq!(vehicles["vehicles"]["pageInfo"]["endCursor"], json!(null));
    let error = stage.error(query, json!({"first": 501, "after": "x"})).await;
    let named: Vec<_> = fields(&error).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["pagination.first", "pagination.after"]);
    assert_eq!(
        fields(&stage.error(query, json!({"organization": "x"})).await)[0].0,
        "organizationId"
    );
}

#[tokio::test]
async fn organisations_are_created_renamed_listed_and_deleted() {
    let stage = Stage::new().await;
    let id = organization(&stage, "Acme").await;
    let rename =
        "mutation($id: ID!, $name: String!) { updateOrganization(id: $id, input: {name: $name}) { name } }";
    let renamed = stage.data(rename, json!({"id": id, "name": "Bcme"})).await;
    assert_eq!(renamed["updateOrganization"], json!({"name": "Bcme"}));
    assert_eq!(
        fields(&stage.error(rename, json!({"id": id, "name": " "})).await)[0].0,
        "name"
    );
    let list =
        "{ organizations(pagination: {first: 1}) { totalCount nodes { id name } pageInfo { hasNextPage } } }";
    let page = stage.data(list, json!({})).await["organizations"].take();
    assert_eq!(
        (&page["totalCount"], &page["nodes"][0]["id"]),
        (&json!(2), &json!(DEFAULT_ORGANIZATION))
    );
    assert_eq!(page["pageInfo"]["hasNextPage"], true);

    let create =
        "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id organizationId } }";
    let input = json!({
        "name": "Lift 1", "type": "FORKLIFT", "manufacturer": "Acme", "forklift": {}, "organizationId": id,
        "specification": {"maxSpeed": 2, "maxLoad": 1500, "batteryCapacity": 20000},
    });
    let vehicle = stage.data(create, json!({"input": input})).await["createVehicle"].take();
    assert_eq!(vehicle["organizationId"], json!(id));
    let delete = "mutation($id: ID!) { deleteOrganization(id: $id) }";
    assert_eq!(
        stage.error(delete, json!({"id": id})).await["extensions"]["code"],
        "CONFLICT"
    );
    stage
        .data(
            "mutation($id: ID!) { deleteVehicle(id: $id) }",
            json!({"id": vehicle["id"]}),
        )
        .await;
    assert_eq!(
        stage.data(delete, json!({"id": id})).await,
        json!({"deleteOrganization": true})
    );
    let found = stage
        .data(
            "query($id: ID!) { organization(id: $id) { name } }",
            json!({"id": id}),
        )
        .await;
    assert_eq!(found, json!({"organization": null}));
}
