//! The errors of this API, all of them in one place.

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

/// An error on its way to the client. The request's id is added when it is written.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    more: Box<More>,
}

/// What only some errors have.
#[derive(Debug, Default)]
struct More {
    errors: Vec<FieldFault>,
    error_count: Option<usize>,
    retry_after: Option<Duration>,
    /// The methods that are allowed, for who used another.
    allow: Option<&'static str>,
    /// Whether a token would help.
    wants_token: bool,
    /// What the caller wanted to do, and may not.
    refused: Option<Operation>,
    /// What the client does not get to see.
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

    /// The same, with a word on when to try again.
    pub(crate) fn later(self, retry_after: Duration) -> Self {
        self.with(More {
            retry_after: Some(retry_after),
            ..More::default()
        })
    }

    /// What the caller has to mend, field by field.
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

    /// There is no such thing as this path.
    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing is served at this path")
    }

    /// There is such a thing, but not this method of it.
    pub(crate) fn not_allowed(allow: &'static str) -> Self {
        let detail = format!("the methods here are {allow}");
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

    /// What the caller wanted to do, if that is what its role does not allow.
    pub(crate) fn refused(&self) -> Option<Operation> {
        self.more.refused
    }

    /// Writes it, and what is behind it into the log.
    pub(crate) fn respond(&self, id: &RequestId) -> HttpResponse {
        if let Some(source) = &self.more.source {
            let error = source as &dyn std::error::Error;
            if source.is_unavailable() {
                tracing::warn!(request.id = id.as_str(), error, "unavailable");
            } else {
                tracing::error!(request.id = id.as_str(), error, "failed");
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

/// The one place where the kinds of error of the use cases become those of this API.
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
            Error::TooMany { .. } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail),
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

    /// What is sent where nobody knows the request's id; see [`as_problems`].
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status)
    }
}
