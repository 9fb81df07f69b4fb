//! Errors of this API, as RFC 9457 problem documents.

mod middleware;

use std::{fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use application::{
    Error,
    vehicles::{FileFaults, ImportFailure, LineFault},
};
use domain::{Operation, Violations};
use http_edge::{CHALLENGE, FieldFault, ProblemDetails, retry_after};
use observability::http::RequestId;

pub(crate) use middleware::as_problems;

/// An error to return to the client. [`Problem::respond`] adds the request's id.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    more: Box<More>,
}

/// Parts that only some errors have. They are boxed to keep `Result` small.
#[derive(Debug, Default)]
struct More {
    errors: Vec<FieldFault>,
    error_count: Option<usize>,
    retry_after: Option<Duration>,
    /// Methods that the resource supports, for a 405.
    allow: Option<&'static str>,
    /// Whether the response challenges the client to authenticate.
    wants_token: bool,
    /// Operation that the caller was refused.
    refused: Option<Operation>,
    /// Cause, which is logged and never sent to the client.
    source: Option<Error>,
}

pub(crate) type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            more: Box::default(),
        }
    }

    fn with(self, more: More) -> Self {
        Self {
            more: Box::new(more),
            ..self
        }
    }

    /// Adds `Retry-After`.
    pub(crate) fn later(self, retry_after: Duration) -> Self {
        self.with(More {
            retry_after: Some(retry_after),
            ..More::default()
        })
    }

    /// Returns the 422 for these violations.
    pub(crate) fn invalid(faults: &Violations) -> Self {
        let fault = |violation: &domain::Violation| FieldFault {
            line: None,
            field: violation.field.clone(),
            message: violation.message.clone(),
        };
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("invalid input: {faults}"),
        )
        .with(More {
            errors: faults.iter().map(fault).collect(),
            error_count: (faults.more() > 0).then(|| faults.count()),
            ..More::default()
        })
    }

    /// Returns the 404 for a path without an endpoint.
    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is no resource at this path")
    }

    /// Returns the 405 for a resource that supports the methods in `allow`.
    pub(crate) fn not_allowed(allow: &'static str) -> Self {
        let detail = format!("the allowed methods are {allow}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, detail).with(More {
            allow: Some(allow),
            ..More::default()
        })
    }

    fn of_lines(faults: &FileFaults) -> Self {
        let count = faults.count();
        let fault = |LineFault { line, field, message }: &LineFault| FieldFault {
            line: Some(*line),
            field: field.clone(),
            message: message.clone(),
        };
        let noun = if count == 1 { "fault" } else { "faults" };
        let detail = format!("nothing was imported: the file has {count} {noun}");
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail).with(More {
            errors: faults.listed().iter().map(fault).collect(),
            error_count: Some(count),
            ..More::default()
        })
    }

    /// Returns the operation that the caller was refused, if that is the error.
    pub(crate) fn refused(&self) -> Option<Operation> {
        self.more.refused
    }

    /// Builds the response and logs the cause, if there is one.
    pub(crate) fn respond(&self, id: &RequestId) -> HttpResponse {
        if let Some(source) = &self.more.source {
            let error = source as &dyn std::error::Error;
            if source.is_unavailable() {
                tracing::warn!(request.id = id.as_str(), error, "a dependency is unavailable");
            } else {
                tracing::error!(request.id = id.as_str(), error, "a request failed");
            }
        }
        let More {
            errors, error_count, ..
        } = &*self.more;
        let details = ProblemDetails::new(self.status, &self.detail, id).with_errors(errors, *error_count);
        let mut response = details.respond();
        let headers = response.headers_mut();
        if let Some(pause) = self.more.retry_after {
            headers.insert(header::RETRY_AFTER, retry_after(pause));
        }
        if self.more.wants_token {
            headers.insert(header::WWW_AUTHENTICATE, CHALLENGE);
        }
        if let Some(allow) = self.more.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// Maps the errors of use cases to statuses. All handlers share this mapping.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Invalid(faults) => Self::invalid(&faults),
            Error::NotFound { .. } | Error::NoSuchVehicle { .. } => Self::new(StatusCode::NOT_FOUND, detail),
            Error::Unauthenticated { .. } => Self::new(StatusCode::UNAUTHORIZED, detail).with(More {
                wants_token: true,
                ..More::default()
            }),
            Error::Forbidden { operation } | Error::Protected { operation, .. } => {
                Self::new(StatusCode::FORBIDDEN, detail).with(More {
                    refused: Some(operation),
                    ..More::default()
                })
            }
            Error::RateLimited { retry_after, .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, detail).with(More {
                    retry_after: Some(retry_after),
                    ..More::default()
                })
            }
            Error::Conflict { field, message } => Self::new(StatusCode::CONFLICT, detail).with(More {
                errors: vec![FieldFault {
                    line: None,
                    field: field.to_owned(),
                    message,
                }],
                ..More::default()
            }),
            Error::VersionMismatch { .. } => Self::new(StatusCode::PRECONDITION_FAILED, detail),
            Error::TooMany { .. } | Error::LimitReached { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
            }
            Error::Unavailable { retry_after, .. } => Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
                .with(More {
                    retry_after: Some(retry_after),
                    source: Some(error),
                    ..More::default()
                }),
            error => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").with(More {
                source: Some(error),
                ..More::default()
            }),
        }
    }
}

impl From<Violations> for Problem {
    fn from(faults: Violations) -> Self {
        Self::invalid(&faults)
    }
}

impl From<ImportFailure> for Problem {
    fn from(failure: ImportFailure) -> Self {
        match failure {
            ImportFailure::Lines(faults) => Self::of_lines(&faults),
            ImportFailure::Other(error) => error.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Returns an empty response, which [`as_problems`] replaces: the request's id is not known here.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status)
    }
}
