//! Endpoints of users, grants and the audit log.

use actix_web::http::Method;
use domain::{GrantTarget, Role};
use serde_json::{Value, json};
use test_application::staff::PASSWORD;

use crate::stage::{Stage, UNKNOWN_ID};

async fn user(stage: &Stage, name: &str, role: &str) -> Value {
    let body = json!({"username": name, "password": PASSWORD, "role": role});
    let made = stage.post("/api/users", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let user = made.json();
    let id = user["id"].as_str().expect("an id");
    assert_eq!(made.header("location"), format!("/api/users/{id}"));
    assert!(!made.text().contains("password"), "{}", made.text());
    user
}

#[actix_web::test]
async fn a_user_is_created_changed_and_deleted() {
    let stage = Stage::new();
    let ana = user(&stage, "Ana", "VIEWER").await;
    assert_eq!(ana["username"], "ana", "the form that RFC 8265 enforces");
    let path = format!("/api/users/{}", ana["id"].as_str().expect("an id"));
    assert_eq!(stage.get(&path).await.json(), ana);
    let again = json!({"username": "ANA", "password": PASSWORD, "role": "VIEWER"});
    assert_eq!(
        stage.post("/api/users", &again).await.faults(409),
        ["username another user has this name"]
    );
    let change = json!({"role": "OPERATOR", "isEnabled": false, "password": "another long one"});
    let changed = stage.ask(Method::PATCH, &path).json(&change).send().await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let changed = changed.json();
    assert_eq!(
        (&changed["role"], &changed["isEnabled"]),
        (&json!("OPERATOR"), &json!(false))
    );
    let listed = stage.get("/api/users?first=1").await.json();
    assert_eq!(
        (
            listed["totalCount"].as_u64(),
            listed["items"].as_array().map(Vec::len)
        ),
        (Some(2), Some(1))
    );
    assert_eq!(stage.delete(&path).await.status, 204);
    stage.get(&path).await.faults(404);
    stage.delete(&path).await.faults(404);
}

#[actix_web::test]
async fn capital_letters_do_not_hide_that_usernames_look_alike() {
    let stage = Stage::new();
    let create = async |name: &str| {
        let body = json!({"username": name, "password": PASSWORD, "role": "VIEWER"});
        stage.post("/api/users", &body).await
    };
    for reserved in ["command-Iine", "nuII", "COMMAND-LlNE"] {
        assert_eq!(
            create(reserved).await.faults(422),
            ["username is reserved"],
            "{reserved}"
        );
    }
    for (name, alike) in [("will", "wiII"), ("BOB", "B0B")] {
        assert_eq!(create(name).await.status, 201);
        assert_eq!(
            create(alike).await.faults(409),
            ["username the name is too similar to that of another user"]
        );
    }
}

#[actix_web::test]
async fn every_invalid_field_of_a_user_is_named() {
    let stage = Stage::new();
    let body = json!({"username": "a b", "password": "short", "role": "BOSS", "organizationId": "x", "y": 1});
    let mut faults = stage.post("/api/users", &body).await.faults(422);
    faults.sort_unstable();
    assert_eq!(
        faults,
        [
            "organizationId must be a UUID such as 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70",
            "password must have at least 12 characters",
            "role must be one of ADMIN, OPERATOR, VIEWER",
            "username must not contain whitespace",
            "y is unknown",
        ]
    );
    let nowhere =
        json!({"username": "bo", "password": PASSWORD, "role": "VIEWER", "organizationId": UNKNOWN_ID});
    stage.post("/api/users", &nowhere).await.faults(404);
}

#[actix_web::test]
async fn the_last_administrator_cannot_be_removed() {
    let stage = Stage::new();
    let path = format!("/api/users/{}", stage.administrator().await.user.id);
    for change in [json!({"role": "VIEWER"}), json!({"isEnabled": false})] {
        stage
            .ask(Method::PATCH, &path)
            .json(&change)
            .send()
            .await
            .faults(409);
    }
    stage.delete(&path).await.faults(409);
}

#[actix_web::test]
async fn a_grant_takes_effect_at_once_and_so_does_its_withdrawal() {
    let stage = Stage::new();
    let lift = stage.forklift("Lift").await;
    let other = stage.forklift("Other").await;
    let viewer = stage.staff.create_user(Role::Viewer, None, &[]).await;
    stage.ask(Method::GET, &lift).by(&viewer).send().await.faults(404);
    let vehicle = lift.rsplit('/').next().expect("an id");
    let wanted = json!({"userId": viewer.user.id.to_string(), "vehicleId": vehicle});
    let granted = stage.post("/api/grants", &wanted).await;
    assert_eq!(granted.status, 201, "{}", granted.text());
    let granted = granted.json();
    assert_eq!(granted["vehicleId"], vehicle);
    stage.post("/api/grants", &wanted).await.faults(409);
    assert_eq!(stage.ask(Method::GET, &lift).by(&viewer).send().await.status, 200);
    stage
        .ask(Method::GET, &other)
        .by(&viewer)
        .send()
        .await
        .faults(404);
    let listed = stage
        .ask(Method::GET, "/api/vehicles")
        .by(&viewer)
        .send()
        .await
        .json();
    assert_eq!(listed["totalCount"], 1, "{listed}");
    let of_user = format!("/api/grants?userId={}", viewer.user.id);
    assert_eq!(stage.get(&of_user).await.json()["items"], json!([granted]));
    let path = format!("/api/grants/{}", granted["id"].as_str().expect("an id"));
    assert_eq!(stage.delete(&path).await.status, 204);
    stage.ask(Method::GET, &lift).by(&viewer).send().await.faults(404);
}

#[actix_web::test]
async fn vehicles_do_not_reveal_groups_outside_the_scope() {
    let stage = Stage::new();
    let lift = stage.forklift("Lift").await;
    let vehicle = lift.rsplit('/').next().expect("an id").to_owned();
    let mut groups = Vec::new();
    for name in ["Seen", "Hidden"] {
        let group = stage.post("/api/groups", &json!({"name": name})).await.json();
        let id = group["id"].as_str().expect("an id").to_owned();
        let joined = stage
            .put(&format!("/api/groups/{id}/vehicles/{vehicle}"), &json!({}))
            .await;
        assert!(joined.status.is_success(), "{}", joined.text());
        groups.push(id);
    }
    let seen = GrantTarget::Group(groups[0].parse().expect("an id"));
    let viewer = stage.staff.create_user(Role::Viewer, None, &[seen]).await;
    let get = async |path: &str| stage.ask(Method::GET, path).by(&viewer).send().await.json();
    assert_eq!(get(&lift).await["groupIds"], json!([groups[0]]));
    assert_eq!(
        get("/api/vehicles").await["items"][0]["groupIds"],
        json!([groups[0]])
    );
    for (group, expected) in groups.iter().zip([1, 0]) {
        let page = get(&format!("/api/vehicles?groupId={group}")).await;
        assert_eq!(page["totalCount"], expected, "{page}");
        assert_eq!(page["items"].as_array().map(Vec::len), Some(expected), "{page}");
    }
}

#[actix_web::test]
async fn the_audit_log_names_actor_and_action() {
    let stage = Stage::new();
    let lift = stage.forklift("Lift").await;
    let vehicle = lift.rsplit('/').next().expect("an id");
    let renamed = stage.put(&lift, &json!({"name": "Crane"})).await;
    assert_eq!(renamed.status, 200);
    let log = stage.get(&format!("/api/audit?subjectId={vehicle}")).await.json();
    assert_eq!(log["totalCount"], 2, "{log}");
    let newest = &log["items"][0];
    assert_eq!(newest["action"], "vehicle.update");
    assert_eq!(
        (&newest["before"], &newest["after"]),
        (&json!({"name": "Lift"}), &json!({"name": "Crane"}))
    );
    let administrator = stage.administrator().await;
    assert_eq!(newest["actorId"], administrator.user.id.to_string());
    assert_eq!(newest["requestId"], "test-1");
    let of_action = stage.get("/api/audit?action=vehicle.create").await.json();
    assert_eq!(of_action["totalCount"], 1, "{of_action}");
    let later = stage.get("/api/audit?from=2100-01-01T00:00:00Z").await.json();
    assert_eq!(later["totalCount"], 0, "{later}");
    let mut faults = stage
        .get("/api/audit?from=yesterday&action=x&actorId=7&y=1")
        .await
        .faults(422);
    faults.sort_unstable();
    assert_eq!(faults.len(), 4, "{faults:?}");
}

#[actix_web::test]
async fn refusals_are_recorded_in_the_audit_log() {
    let stage = Stage::new();
    let writer = stage.staff.refusal_writer();
    let stop = tokio_util::sync::CancellationToken::new();
    tokio::spawn(writer.run(stop.clone()));
    let lift = stage.forklift("Lift").await;
    let organization = domain::GrantTarget::Organization(domain::OrganizationId::DEFAULT);
    let viewer = stage.staff.create_user(Role::Viewer, None, &[organization]).await;
    stage
        .ask(Method::DELETE, &lift)
        .by(&viewer)
        .send()
        .await
        .faults(403);
    let written = async {
        loop {
            let log = stage.get("/api/audit?action=access.refused").await.json();
            if log["totalCount"] == 1 {
                return log["items"][0].clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let entry = tokio::time::timeout(std::time::Duration::from_secs(10), written).await;
    let entry = entry.expect("it is written down");
    assert_eq!(entry["actorId"], viewer.user.id.to_string());
    assert_eq!(entry["after"], json!({"operation": "vehicles:delete"}));
    stop.cancel();
}
