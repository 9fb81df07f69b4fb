//! Conditional requests with `If-None-Match`.

use actix_web::http::Method;
use domain::vehicle::VehicleStatus;
use rstest::rstest;
use serde_json::json;

use crate::stage::{Answer, Stage};

async fn get_unless(stage: &Stage, path: &str, tags: &'static str) -> Answer {
    stage
        .ask(Method::GET, path)
        .header("if-none-match", tags)
        .send()
        .await
}

/// Leaks a tag, because test requests take static header values.
fn kept(tag: &str) -> &'static str {
    tag.to_owned().leak()
}

#[actix_web::test]
async fn an_unchanged_vehicle_is_not_sent_again() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let shown = stage.get(&path).await;
    let tag = kept(shown.header("etag"));
    for tags in [
        tag,
        kept(&format!("W/{tag}")),
        kept(&format!("\"other\", {tag}")),
        "*",
    ] {
        for method in [Method::GET, Method::HEAD] {
            let ask = stage.ask(method, &path).header("if-none-match", tags);
            let answer = ask.send().await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{tags}");
            assert_eq!(answer.header("etag"), tag);
            assert_eq!(answer.header("cache-control"), shown.header("cache-control"));
            assert!(answer.headers.get("content-type").is_none());
        }
    }
    for tags in ["\"other\"", "\"1\"", "not a tag", ""] {
        let answer = get_unless(&stage, &path, tags).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, shown.json()),
            "{tags}"
        );
    }
}

#[actix_web::test]
async fn a_reported_status_changes_the_tag_but_blocks_no_update() {
    use application::ports::VehicleRepository as _;

    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    stage.ask(Method::POST, &format!("{path}/enable")).send().await;
    let before = stage.get(&path).await;
    let tag = kept(before.header("etag"));
    let id = path.rsplit('/').next().expect("an id").parse().expect("a UUID");
    let said = [(id, VehicleStatus::Moving)];
    let recorded = stage.registry.record_statuses(&said).await;
    recorded.expect("it is there");

    let after = get_unless(&stage, &path, tag).await;
    assert_eq!(
        (after.status.as_u16(), &after.json()["status"]),
        (200, &json!("MOVING"))
    );
    assert_eq!(after.json()["version"], before.json()["version"]);
    let change = stage.ask(Method::PUT, &path).header("if-match", tag);
    assert_eq!(change.json(&json!({"model": "M2"})).send().await.status, 200);
    let again = stage.ask(Method::PUT, &path).header("if-match", tag);
    again.json(&json!({"model": "M3"})).send().await.faults(412);
}

#[rstest]
#[case("/api/vehicles")]
#[case("/api/groups")]
#[case("/api/users")]
#[case("/api/grants")]
#[case("/api/organizations")]
#[case("/api/dead-letters")]
#[case("/api/auth/me")]
#[case("/api/openapi.json")]
#[actix_web::test]
async fn every_document_has_a_tag_of_its_content(#[case] path: &str) {
    let stage = Stage::new();
    let shown = stage.get(path).await;
    let tag = kept(shown.header("etag"));
    assert!(tag.starts_with("W/\""), "{tag}");
    assert_eq!(get_unless(&stage, path, tag).await.status, 304);
    let head = stage.ask(Method::HEAD, path).send().await;
    assert_eq!(head.header("etag"), tag);
}

#[actix_web::test]
async fn a_changed_list_is_sent() {
    let stage = Stage::new();
    let tag = kept(stage.get("/api/vehicles").await.header("etag"));
    assert_eq!(get_unless(&stage, "/api/vehicles", tag).await.status, 304);
    stage.forklift("Lift 1").await;
    let changed = get_unless(&stage, "/api/vehicles", tag).await;
    assert_eq!(
        (changed.status.as_u16(), &changed.json()["totalCount"]),
        (200, &json!(1))
    );
}

#[actix_web::test]
async fn a_change_with_if_none_match_of_the_current_tag_is_rejected() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let tag = kept(stage.get(&path).await.header("etag"));
    let change = |tags: &'static str| {
        let ask = stage.ask(Method::PUT, &path).header("if-none-match", tags);
        ask.json(&json!({"model": "M2"})).send()
    };
    change("*").await.faults(412);
    change(tag).await.faults(412);
    assert_eq!(change("\"other\"").await.status, 200);
}

#[actix_web::test]
async fn errors_and_responses_that_differ_every_time_have_no_tag() {
    let stage = Stage::new();
    for path in [
        "/api/positions",
        "/api/states",
        "/api/vehicles/x",
        "/api/vehicles/export",
    ] {
        let answer = get_unless(&stage, path, "*").await;
        assert!(answer.headers.get("etag").is_none(), "{path}");
        assert_ne!(answer.status, 304, "{path}");
    }
}
