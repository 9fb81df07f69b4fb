//! Reading what a client sends.

use std::time::Duration;

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    rt::time::timeout,
    web::{Bytes, Payload},
};
use documents::json::{self, InvalidJson};
use serde_json::Value;

use crate::problem::{Problem, Result};

/// How long a body may take on its way: who sends it drop by drop holds a connection, and no more.
const ARRIVES_WITHIN: Duration = Duration::from_secs(60);

/// The most bytes of a body of JSON.
pub(crate) const MAX_JSON_BYTES: usize = 1024 * 1024;

/// Reads a body of JSON, in which no key stands twice.
///
/// # Errors
/// 415 for another type, 413 for a body that is too large, 400 for what is no JSON, 422 for keys that stand twice.
pub(crate) async fn json(request: &HttpRequest, payload: Payload) -> Result<Value> {
    json_or_nothing(request, payload)
        .await?
        .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "the body must be JSON, and is empty"))
}

/// The same, where the body may be empty.
///
/// # Errors
/// As [`json`].
pub(crate) async fn json_or_nothing(request: &HttpRequest, payload: Payload) -> Result<Option<Value>> {
    if media_type(request) != Some("application/json".to_owned()) {
        return Err(wrong_type("application/json"));
    }
    let body = bytes(payload, MAX_JSON_BYTES).await?;
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let parsed = json::parse(&body).map_err(|fault| match fault {
        InvalidJson::Syntax(_) => Problem::new(StatusCode::BAD_REQUEST, format!("the body {fault}")),
        InvalidJson::Content(faults) => faults.into(),
    });
    parsed.map(Some)
}

/// Reads a body of any type.
///
/// # Errors
/// 413 for one that is too large, 400 for one that does not arrive whole, 408 for one that takes too long.
pub(crate) async fn bytes(payload: Payload, limit: usize) -> Result<Bytes> {
    let read = timeout(ARRIVES_WITHIN, payload.to_bytes_limited(limit)).await;
    let read = read.map_err(|_| {
        let seconds = ARRIVES_WITHIN.as_secs();
        let detail = format!("the body must arrive within {seconds} seconds");
        Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
    })?;
    match read {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "the body must arrive whole",
        )),
        Err(_) => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body must have at most {limit} bytes"),
        )),
    }
}

/// The type of a body without its parameters, in small letters.
pub(crate) fn media_type(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next().unwrap_or_default();
    Some(essence.trim().to_ascii_lowercase())
}

/// The body is of another type than it must be.
pub(crate) fn wrong_type(expected: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("the body must be of the type {expected}"),
    )
}
