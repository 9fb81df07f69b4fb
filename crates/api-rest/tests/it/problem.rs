use actix_web::http::{Method, StatusCode};
use serde_json::json;

use crate::endpoints::{ask, endpoints, get};

#[actix_web::test]
async fn an_unknown_path_returns_a_problem_document() {
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
        "detail": "there is no resource at this path",
        "requestId": "test-1",
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.headers.get("x-request-id").expect("an id"), "test-1");
}

#[actix_web::test]
async fn health_is_read_only() {
    let answer = ask(&endpoints(), Method::POST, "/health").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers.get("allow").expect("a header"), "GET, HEAD");
    assert_eq!(answer.json()["title"], "Method Not Allowed");
}

#[actix_web::test]
async fn a_probe_may_use_head() {
    assert_eq!(
        ask(&endpoints(), Method::HEAD, "/health").await.status,
        StatusCode::OK
    );
}
