//! Endpoints of the log level.

use actix_web::{http::Method, test::TestRequest};
use serde_json::{Value, json};

use crate::stage::{Stage, send_to};

#[actix_web::test]
async fn an_administrator_changes_the_level_for_a_while() {
    let stage = Stage::new();
    let rest = stage.endpoints_to(stage.app());
    let bearer = stage.administrator().await.bearer();
    let ask = |method: Method, path: &str| {
        TestRequest::with_uri(path)
            .method(method)
            .insert_header(("x-request-id", "test-1"))
            .insert_header(("authorization", bearer.clone()))
    };
    let before = send_to(&rest, ask(Method::GET, "/api/log-level")).await;
    assert_eq!(
        before.json(),
        json!({"level": "info", "configuredLevel": "info", "until": null})
    );

    let change = json!({"level": "info,fred=debug", "forMs": 60_000});
    let change = ask(Method::PUT, "/api/log-level")
        .insert_header(("content-type", "application/json"))
        .set_payload(change.to_string());
    let changed = send_to(&rest, change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let changed = changed.json();
    assert_eq!(changed["level"], "info,fred=debug");
    assert_eq!(changed["configuredLevel"], "info");
    let until = changed["until"].as_str().expect("a time");
    assert!(until.ends_with('Z'), "{until}");
    let after = send_to(&rest, ask(Method::GET, "/api/log-level")).await;
    assert_eq!(after.json(), changed);

    let entries = send_to(&rest, ask(Method::GET, "/api/audit?action=logs.level")).await;
    let entries = entries.json();
    assert_eq!(entries["totalCount"], 1, "{entries}");
    let entry = &entries["items"][0];
    assert_eq!(entry["before"], json!({"level": "info"}));
    assert_eq!(
        entry["after"],
        json!({"level": "info,fred=debug", "forMs": 60_000})
    );
    assert_eq!(entry["organizationId"], Value::Null);
}

#[actix_web::test]
async fn an_invalid_change_names_its_faults() {
    let stage = Stage::new();
    let change = json!({"level": "info,loud,fred=", "forMs": 86_400_001});
    let faults = stage.put("/api/log-level", &change).await.faults(422);
    let level = "level must be a level (off, error, warn, info, debug, trace) or a filter such as info,fred=warn; \
                 invalid: \"loud\", \"fred=\"";
    assert_eq!(faults, [level, "forMs must be from 1000 to 86400000"]);
}
