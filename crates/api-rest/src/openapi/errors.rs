//! Error responses of the operations. They are derived from the method, path, body and parameters of an operation,
//! because they are produced by code that all operations share.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde_json::json;
use utoipa::openapi::{
    Content, HttpMethod, OpenApi, Ref, RefOr, Response, path::Operation, response::ResponseBuilder,
};

use super::{headers, operations::operations};

/// Declares each error response once as a component, and refers to it from every operation that may return it.
pub(super) fn declare(document: &mut OpenApi) {
    let mut described = BTreeMap::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            for (status, description) in errors_of(path, &method, operation) {
                let name = name_of(status);
                described.insert(name.clone(), problem(status, description));
                operation
                    .responses
                    .responses
                    .entry(status.to_string())
                    .or_insert(RefOr::Ref(Ref::new(format!("#/components/responses/{name}"))));
            }
        }
    }
    let components = document.components.get_or_insert_default();
    let described = described
        .into_iter()
        .map(|(name, response)| (name, RefOr::T(response)));
    components.responses.extend(described);
}

/// Returns the reason phrase of a status without spaces, such as `TooManyRequests`.
fn name_of(status: u16) -> String {
    let status = StatusCode::from_u16(status).ok();
    let words = status.and_then(|status| status.canonical_reason());
    words.unwrap_or_default().split(' ').collect()
}

fn errors_of(path: &str, method: &HttpMethod, operation: &Operation) -> Vec<(u16, &'static str)> {
    let has_body = operation.request_body.is_some();
    let is_change = !matches!(method, HttpMethod::Get);
    let has_precondition = operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "If-Match"));
    let names_something = path.contains('{') || has_body;
    let is_for_administrators = [
        "/api/users",
        "/api/grants",
        "/api/audit",
        "/api/dead-letters",
        "/api/log-level",
    ]
    .iter()
    .any(|administered| path.starts_with(administered));
    let mut errors = vec![
        (
            400,
            "The request is not valid HTTP, its URL is longer than 65,534 characters, or its body is incomplete or not valid JSON",
        ),
        (401, "The access token is missing, invalid or expired"),
        (429, "Too many requests. `Retry-After` has the time to wait"),
        (422, "The input is invalid. `errors` lists the faults"),
        (
            500,
            "An internal error. The server's log has the cause under the request's id",
        ),
        (
            503,
            "The database or Redis is unavailable. `Retry-After` has the time to wait",
        ),
    ];
    if has_body {
        errors.extend([
            (408, "The body did not arrive in time"),
            (413, "The body is too large"),
            (415, "The body has an unsupported media type"),
        ]);
    }
    if names_something {
        errors.push((404, "The resource does not exist, or the caller may not see it"));
    }
    if (is_change || is_for_administrators) && !path.starts_with("/api/auth") {
        errors.push((403, "The caller's role or grants do not allow the operation"));
    }
    let has_no_conflicts = path.starts_with("/api/auth") || ["/api/cache", "/api/log-level"].contains(&path);
    if is_change && !has_no_conflicts {
        errors.push((
            409,
            "The change conflicts with another resource, such as one of the same name",
        ));
    }
    if has_precondition {
        errors.push((412, "The vehicle does not have the version in `If-Match`"));
    }
    errors
}

fn problem(status: u16, description: &str) -> Response {
    let content = Content::builder()
        .schema(Some(Ref::from_schema_name("Problem")))
        .example(Some(json!({
            "type": "about:blank",
            "title": StatusCode::from_u16(status)
                .ok()
                .and_then(|status| status.canonical_reason()),
            "status": status,
            "detail": description,
            "requestId": "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70",
        })))
        .build();
    let mut response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build();
    headers::refer(&status.to_string(), &mut response);
    response
}
