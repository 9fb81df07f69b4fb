//! Endpoints of groups.

use actix_web::http::Method;
use serde_json::json;

use crate::stage::{Stage, UNKNOWN_ID};

async fn a_group(stage: &Stage, name: &str) -> String {
    let created = stage.post("/api/groups", &json!({ "name": name })).await;
    assert_eq!(created.status, 201, "{}", created.text());
    created.header("location").to_owned()
}

#[actix_web::test]
async fn a_group_is_created_read_renamed_and_deleted() {
    let stage = Stage::new();
    let path = a_group(&stage, "Night shift").await;
    let shown = stage.get(&path).await.json();
    assert_eq!(shown["name"], "Night shift");
    let fields: Vec<_> = shown.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(fields, ["createdAt", "id", "name", "organizationId", "updatedAt"]);
    let again = stage.post("/api/groups", &json!({"name": "Night shift"})).await;
    assert_eq!(
        again.faults(409),
        ["name another group of the organisation has this name"]
    );
    let renamed = stage.put(&path, &json!({"name": "Day shift"})).await;
    assert_eq!(renamed.json()["name"], "Day shift");
    let moved = stage
        .put(&path, &json!({"name": "x", "organizationId": UNKNOWN_ID}))
        .await;
    assert_eq!(moved.faults(422), ["organizationId cannot be changed"]);
    assert_eq!(stage.delete(&path).await.status, 204);
    assert_eq!(stage.delete(&path).await.status, 404);
    assert_eq!(stage.get(&path).await.status, 404);
}

#[actix_web::test]
async fn a_vehicle_is_added_to_and_removed_from_a_group() {
    let stage = Stage::new();
    let group = a_group(&stage, "Night shift").await;
    let vehicle = stage.forklift("Lift 1").await;
    let [group_id, id] = [&group, &vehicle].map(|path| path.rsplit('/').next().expect("an id"));
    let member = format!("{group}/vehicles/{id}");
    for _ in 0..2 {
        assert_eq!(stage.ask(Method::PUT, &member).send().await.status, 204);
    }
    assert_eq!(stage.get(&vehicle).await.json()["groupIds"], json!([group_id]));
    let list = stage
        .get(&format!("/api/vehicles?groupId={group_id}"))
        .await
        .json();
    assert_eq!(list["totalCount"], 1);
    assert_eq!(stage.delete(&member).await.status, 204);
    assert_eq!(stage.delete(&member).await.status, 404);
    assert_eq!(stage.get(&vehicle).await.json()["groupIds"], json!([]));
    for unknown in [
        format!("{group}/vehicles/{UNKNOWN_ID}"),
        format!("/api/groups/{UNKNOWN_ID}/vehicles/{id}"),
    ] {
        assert_eq!(
            stage.ask(Method::PUT, &unknown).send().await.status,
            404,
            "{unknown}"
        );
    }
    let wrong = stage
        .ask(Method::PUT, &format!("{group}/vehicles/7"))
        .send()
        .await;
    assert_eq!(wrong.faults(422).len(), 1);
}

#[actix_web::test]
async fn groups_are_listed_by_organization() {
    let stage = Stage::new();
    let plant = stage
        .post("/api/organizations", &json!({"name": "Plant 2"}))
        .await
        .json();
    let plant = plant["id"].as_str().expect("an id");
    a_group(&stage, "One").await;
    let theirs = json!({"name": "One", "organizationId": plant});
    assert_eq!(stage.post("/api/groups", &theirs).await.status, 201);
    let all = stage.get("/api/groups?first=1").await.json();
    assert_eq!(
        (&all["totalCount"], &all["pageInfo"]["hasNextPage"]),
        (&json!(2), &json!(true))
    );
    let list = stage
        .get(&format!("/api/groups?organizationId={plant}"))
        .await
        .json();
    assert_eq!(list["totalCount"], 1);
    assert_eq!(list["items"][0]["organizationId"], plant);
    let nowhere = json!({"name": "One", "organizationId": UNKNOWN_ID});
    assert_eq!(stage.post("/api/groups", &nowhere).await.status, 404);
}
