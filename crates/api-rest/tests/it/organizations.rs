//! Endpoints of organisations.

use domain::OrganizationId;
use serde_json::json;

use crate::stage::{Stage, a_forklift};

#[actix_web::test]
async fn an_organization_is_created_read_renamed_and_deleted() {
    let stage = Stage::new();
    let created = stage
        .post("/api/organizations", &json!({"name": "Plant 2"}))
        .await;
    assert_eq!(created.status, 201);
    let path = created.header("location").to_owned();
    assert_eq!(stage.get(&path).await.json(), created.json());
    let again = stage
        .post("/api/organizations", &json!({"name": "Plant 2"}))
        .await;
    assert_eq!(again.faults(409), ["name another organisation has this name"]);
    let renamed = stage.put(&path, &json!({"name": "Plant 3"})).await;
    assert_eq!(renamed.json()["name"], "Plant 3");
    let list = stage.get("/api/organizations").await.json();
    assert_eq!(list["totalCount"], 2);
    assert_eq!(stage.delete(&path).await.status, 204);
    assert_eq!(stage.get(&path).await.status, 404);
}

#[actix_web::test]
async fn an_organization_that_is_not_empty_cannot_be_deleted() {
    let stage = Stage::new();
    let plant = stage
        .post("/api/organizations", &json!({"name": "Plant 2"}))
        .await
        .json();
    let plant = plant["id"].as_str().expect("an id");
    let mut vehicle = a_forklift("Lift 1");
    vehicle["organizationId"] = plant.into();
    let created = stage.post("/api/vehicles", &vehicle).await;
    assert_eq!(created.json()["organizationId"], plant);
    let kept = stage.delete(&format!("/api/organizations/{plant}")).await;
    assert_eq!(kept.faults(409), ["id the organisation has vehicles"]);
    let default = format!("/api/organizations/{}", OrganizationId::DEFAULT);
    assert_eq!(
        stage.delete(&default).await.faults(409),
        ["id the default organisation cannot be deleted"]
    );
}
