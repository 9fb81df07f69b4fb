//! Error responses as RFC 9457 problem details (<https://www.rfc-editor.org/rfc/rfc9457>), and their headers.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::HeaderValue},
};
use observability::http::RequestId;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Value of `WWW-Authenticate` (RFC 6750, section 3).
pub const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"fleetwatch\"");

/// Returns the value of `Retry-After`.
#[must_use]
pub fn retry_after(pause: Duration) -> HeaderValue {
    HeaderValue::from(whole_seconds(pause))
}

/// Rounds a pause up to whole seconds, at least one.
pub(crate) fn whole_seconds(pause: Duration) -> u64 {
    let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
    seconds.max(1)
}

/// An error response (RFC 9457 problem details). The status alone identifies the kind of error, so `type` is always
/// `about:blank` and `title` is the reason phrase of the status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemDetails<'a> {
    /// URI reference that identifies the kind of error.
    #[schema(example = "about:blank")]
    r#type: &'static str,
    /// Reason phrase of the status.
    #[schema(example = "Unprocessable Entity")]
    title: &'static str,
    /// HTTP status code.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// Human-readable explanation of the error.
    #[schema(example = "invalid input: name must not be empty")]
    detail: &'a str,
    /// Id of the request in the server's log.
    #[schema(example = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70")]
    request_id: &'a str,
    /// Faults in the input, at most the first hundred.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldFault],
    /// Total number of faults; only present if `errors` is incomplete or the input is a file.
    #[schema(value_type = usize, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    error_count: Option<usize>,
}

/// A fault in one field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldFault {
    /// Line of the file, counted from 1; only present if the input is a file.
    #[schema(value_type = u64, required = false, minimum = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Path of the field.
    #[schema(example = "specification.maxSpeed")]
    pub field: String,
    /// Rule that the field's value breaks.
    #[schema(example = "must be greater than 0 m/s")]
    pub message: String,
}

impl<'a> ProblemDetails<'a> {
    #[must_use]
    pub fn new(status: StatusCode, detail: &'a str, id: &'a RequestId) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail,
            request_id: id.as_str(),
            errors: &[],
            error_count: None,
        }
    }

    /// Adds field faults and, if given, their total number.
    #[must_use]
    pub fn with_errors(self, errors: &'a [FieldFault], error_count: Option<usize>) -> Self {
        Self {
            errors,
            error_count,
            ..self
        }
    }

    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        HttpResponse::build(status).content_type(PROBLEM_JSON).json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_rounded_up_to_seconds() {
        for (pause, expected) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2"), (90_000, "90")] {
            assert_eq!(retry_after(Duration::from_millis(pause)), expected);
        }
    }
}
