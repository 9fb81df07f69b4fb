use actix_web::http::{Method, StatusCode};
use serde_json::json;

use crate::endpoints::{ask, endpoints, get};

#[actix_web::test]
async fn a_path_that_leads_nowhere_is_a_problem() {
    let answer = get(&endpoints(), "/nowhere").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        answer.headers.get("content-type").expect("a type"),
        "application/problem+json"
    );
    let expected = json!({
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "nothing is served at this path",
        "requestId": "test-1",
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.headers.get("x-request-id").expect("an id"), "test-1");
}

#[actix_web::test]
async fn health_is_not_for_writing() {
    let answer = ask(&endpoints(), Method::POST, "/health").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers.get("allow").expect("a header"), "GET, HEAD");
    assert_eq!(answer.json()["title"], "Method Not Allowed");
}

#[actix_web::test]
async fn a_probe_may_ask_for_the_head_alone() {
    assert_eq!(
        ask(&endpoints(), Method::HEAD, "/health").await.status,
        StatusCode::OK
    );
}
