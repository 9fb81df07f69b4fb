//! Errors as RFC 9457 problem details (<https://www.rfc-editor.org/rfc/rfc9457>).

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use observability::http::RequestId;
use serde::Serialize;

/// The body of an error. Its kind is told by the status alone, for which the type is `about:blank` and the
/// title the status' own phrase (RFC 9457, section 4.2.1).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    request_id: &'a str,
}

/// There is no such door.
pub(crate) async fn not_found(id: RequestId) -> HttpResponse {
    respond(StatusCode::NOT_FOUND, "nothing is served at this path", &id)
}

/// There is such a door, but it is for looking only.
pub(crate) async fn read_only(id: RequestId) -> HttpResponse {
    let mut response = respond(
        StatusCode::METHOD_NOT_ALLOWED,
        "only GET and HEAD are allowed here",
        &id,
    );
    response
        .headers_mut()
        .insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
    response
}

fn respond(status: StatusCode, detail: &str, id: &RequestId) -> HttpResponse {
    let title = status.canonical_reason().unwrap_or_default();
    let kind = "about:blank";
    let problem = Problem {
        kind,
        title,
        status: status.as_u16(),
        detail,
        request_id: id.as_str(),
    };
    HttpResponse::build(status)
        .content_type("application/problem+json")
        .json(problem)
}
