//! Reading of request bodies.

use actix_web::{
    HttpMessage as _, HttpRequest,
    http::{StatusCode, header},
    web::Payload,
};
use application::Actor;
use http_edge::{Body, BodyFault};
use serde_json::Value;
use strict_json::InvalidJson;

use crate::{
    caller::request_checks_of,
    problem::{Problem, Result},
};

/// Maximum size of a JSON body, in bytes.
pub const MAX_JSON_BYTES: usize = 1024 * 1024;

/// Maximum size of a body with credentials, in bytes. It is smaller because most callers who send credentials are not
/// authenticated yet.
pub const MAX_CREDENTIALS_BYTES: usize = 8 * 1024;

/// Reads a JSON body and rejects duplicate keys. Handlers check the caller's permission first.
///
/// # Errors
/// Returns 415 if the media type is not `application/json`, 400 for an empty body or invalid JSON, 422 for duplicate
/// keys, 503 if too many large bodies are waiting to be parsed, and the errors of [`bytes()`].
pub(crate) async fn json(request: &HttpRequest, payload: Payload) -> Result<Value> {
    json_of(request, payload, MAX_JSON_BYTES)
        .await?
        .ok_or_else(is_empty)
}

/// Reads a JSON body with credentials, of at most [`MAX_CREDENTIALS_BYTES`].
///
/// # Errors
/// Returns the errors of [`json`].
pub(crate) async fn credentials(request: &HttpRequest, payload: Payload) -> Result<Value> {
    credentials_or_nothing(request, payload)
        .await?
        .ok_or_else(is_empty)
}

/// Reads a JSON body with credentials, of at most [`MAX_CREDENTIALS_BYTES`]. Returns `None` if the body is empty.
///
/// # Errors
/// Returns the errors of [`json`], except the one for an empty body.
pub(crate) async fn credentials_or_nothing(request: &HttpRequest, payload: Payload) -> Result<Option<Value>> {
    json_of(request, payload, MAX_CREDENTIALS_BYTES).await
}

fn is_empty() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "the body must be JSON, but is empty")
}

async fn json_of(request: &HttpRequest, payload: Payload, max_bytes: usize) -> Result<Option<Value>> {
    if media_type(request) != Some("application/json".to_owned()) {
        return Err(wrong_type("application/json"));
    }
    let body = bytes(request, payload, max_bytes).await?;
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let parsed = request_checks_of(request)
        .parse_body(body, strict_json::parse)
        .await?;
    let parsed = parsed.map_err(|fault| match fault {
        InvalidJson::Syntax(_) => Problem::new(StatusCode::BAD_REQUEST, format!("the body {fault}")),
        InvalidJson::Content(faults) => faults.into(),
    });
    parsed.map(Some)
}

/// Reads a body of any media type.
///
/// # Errors
/// Returns 413 for a body that is too large, 400 for an incomplete one, 408 for one that arrives too slowly, 429 or 503
/// if too many bytes of bodies are in flight.
pub(crate) async fn bytes(request: &HttpRequest, payload: Payload, max_bytes: usize) -> Result<Body> {
    let user = request.extensions().get::<Actor>().map(|actor| actor.user_id);
    let request_checks = request_checks_of(request);
    Ok(request_checks
        .read_body(request, payload, user, max_bytes)
        .await?)
}

impl From<BodyFault> for Problem {
    fn from(fault: BodyFault) -> Self {
        let problem = Self::new(fault.status(), format!("the body {fault}"));
        match fault.retry_after() {
            Some(pause) => problem.later(pause),
            None => problem,
        }
    }
}

/// Returns the media type of the body, in lower case and without parameters; `None` without a readable `Content-Type`.
pub(crate) fn media_type(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

/// Returns the 415 for a body whose media type is not `expected`.
pub(crate) fn wrong_type(expected: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("the body must have the media type {expected}"),
    )
}
