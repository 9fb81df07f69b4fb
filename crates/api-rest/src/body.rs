//! Reading what a client sends.

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::{Bytes, Payload},
};
use documents::json::{self, InvalidJson};
use serde_json::Value;

use crate::problem::{Problem, Result};

/// The most bytes of a body of JSON.
pub(crate) const MAX_JSON_BYTES: usize = 1024 * 1024;

/// Reads a body of JSON, in which no key stands twice.
///
/// # Errors
/// 415 for another type, 413 for a body that is too large, 400 for what is no JSON, 422 for keys that stand twice.
pub(crate) async fn json(request: &HttpRequest, payload: Payload) -> Result<Value> {
    if media_type(request) != Some("application/json".to_owned()) {
        return Err(wrong_type("application/json"));
    }
    let body = bytes(payload, MAX_JSON_BYTES).await?;
    if body.trim_ascii().is_empty() {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "the body must be JSON, and is empty",
        ));
    }
    json::parse(&body).map_err(|fault| match fault {
        InvalidJson::Syntax(_) => Problem::new(StatusCode::BAD_REQUEST, format!("the body {fault}")),
        InvalidJson::DuplicateKeys(faults) => faults.into(),
    })
}

/// Reads a body of any type.
///
/// # Errors
/// 413 for one that is too large, 400 for one that does not arrive whole.
pub(crate) async fn bytes(payload: Payload, limit: usize) -> Result<Bytes> {
    match payload.to_bytes_limited(limit).await {
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
