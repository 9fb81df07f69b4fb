//! Errors in the form in which clients receive them.

use std::time::Duration;

use application::Error;
use domain::{Violation, Violations, cut};
use http_edge::BodyFault;
use juniper::{FieldError, GraphQLError, RuleError, parser::ParseError};
use serde_json::{Map, Value, json};

use crate::json_scalar::to_value;

/// Juniper's message for a document with too many fields to check whether they can be merged.
const TOO_MANY_COMPARISONS: &str = "Document has too many overlapping fields to validate";

/// Maximum length of a message in characters. Juniper's messages repeat names and literals, each of which can be as
/// long as a document.
const MAX_MESSAGE_CHARS: usize = 1_000;

/// Maximum number of errors that are returned for a document, because even a short document can have very many.
const MAX_ERRORS: usize = 100;

/// Kind of an error, which clients receive as `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Unauthenticated,
    Forbidden,
    NotFound,
    BadUserInput,
    Conflict,
    RateLimited,
    Unavailable,
    Internal,
    QueryTooComplex,
    PersistedQueryNotFound,
    ParseFailed,
    ValidationFailed,
}

impl Code {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Fields of `extensions` other than the code.
    details: Map<String, Value>,
}

impl Problem {
    /// Creates an error with a human-readable message, which is truncated to [`MAX_MESSAGE_CHARS`].
    pub(crate) fn new(code: Code, message: impl AsRef<str>) -> Self {
        Self {
            code,
            message: cut(message.as_ref(), MAX_MESSAGE_CHARS).into_owned(),
            details: Map::new(),
        }
    }

    /// Creates the error for invalid input, with its violations by field.
    pub(crate) fn bad_input(faults: &Violations) -> Self {
        let field = |Violation { field, message }: &Violation| json!({"field": field, "message": message});
        let problem = Self::new(Code::BadUserInput, format!("invalid input: {faults}"))
            .with("fields", faults.iter().map(field).collect::<Vec<_>>());
        match faults.more() {
            0 => problem,
            _ => problem.with("fieldCount", faults.count()),
        }
    }

    pub(crate) fn bad_field(field: &str, message: &str) -> Self {
        Self::bad_input(&Violations::of(field, message))
    }

    /// Creates the error for a rejected request body.
    pub(crate) fn of_body(fault: BodyFault) -> Self {
        let code = match fault {
            BodyFault::ClientIsFull => Code::RateLimited,
            BodyFault::ServerIsFull => Code::Unavailable,
            _ => return Self::bad_field("body", &fault.to_string()),
        };
        let problem = Self::new(code, format!("the body {fault}"));
        match fault.retry_after() {
            Some(pause) => problem.later(pause),
            None => problem,
        }
    }

    /// Creates the error for a fault of the server. It contains only the id of the request; the details are in the log.
    pub(crate) fn internal(request_id: &str) -> Self {
        Self::new(Code::Internal, "internal error").with("requestId", request_id)
    }

    /// Creates the error for a temporary failure, with a recommended delay before a retry.
    pub(crate) fn unavailable(message: impl AsRef<str>) -> Self {
        Self::unavailable_for(message, Error::RETRY_AFTER)
    }

    fn unavailable_for(message: impl AsRef<str>, retry_after: Duration) -> Self {
        Self::new(Code::Unavailable, message).later(retry_after)
    }

    /// Creates the error for a missing access token.
    pub(crate) fn unauthenticated() -> Self {
        let message = "an access token is required: Authorization: Bearer <token>";
        Self::new(Code::Unauthenticated, message)
    }

    fn later(self, retry_after: Duration) -> Self {
        let retry_after_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
        self.with("retryAfterMs", retry_after_ms)
    }

    /// Returns the recommended delay before a retry, if there is one.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let retry_after_ms = self.details.get("retryAfterMs")?.as_u64()?;
        Some(Duration::from_millis(retry_after_ms))
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    fn extensions(&self) -> Value {
        let mut extensions = self.details.clone();
        extensions.insert("code".to_owned(), self.code.as_str().into());
        Value::Object(extensions)
    }

    /// Returns the error as an element of `errors`.
    pub(crate) fn to_json(&self) -> Value {
        json!({"message": self.message, "extensions": self.extensions()})
    }

    /// Converts an error of a use case. Faults of the server and of its dependencies are also logged, because the
    /// client does not receive their details.
    pub(crate) fn of(error: Error, request_id: &str) -> Self {
        let message = error.to_string();
        match error {
            Error::Invalid(faults) => Self::bad_input(&faults),
            Error::NotFound { .. } => Self::new(Code::NotFound, message),
            Error::NoSuchVehicle { id } => Self::new(Code::NotFound, message).with("id", id.to_string()),
            Error::Unauthenticated { .. } => Self::new(Code::Unauthenticated, message),
            Error::Forbidden { .. } | Error::Protected { .. } => Self::new(Code::Forbidden, message),
            Error::RateLimited { retry_after, .. } => {
                Self::new(Code::RateLimited, message).later(retry_after)
            }
            Error::Conflict { field, .. } => Self::new(Code::Conflict, message).with("field", field),
            Error::VersionMismatch { current } => {
                Self::new(Code::Conflict, message).with("version", current.as_i64())
            }
            Error::TooMany { .. } | Error::LimitReached { .. } => Self::new(Code::QueryTooComplex, message),
            Error::Unavailable { retry_after, .. } => {
                tracing::warn!(
                    request.id = request_id,
                    error = &error as &dyn std::error::Error,
                    "a dependency is unavailable"
                );
                Self::unavailable_for(message, retry_after)
            }
            error => {
                tracing::error!(
                    request.id = request_id,
                    error = &error as &dyn std::error::Error,
                    "a request failed"
                );
                Self::internal(request_id)
            }
        }
    }
}

impl From<Problem> for FieldError {
    fn from(problem: Problem) -> Self {
        let extensions = to_value(&problem.extensions());
        Self::new(problem.message, extensions)
    }
}

/// Returns the elements of `errors` for a document that Juniper did not execute, with their codes and locations.
pub(crate) fn of_document(error: &GraphQLError) -> Vec<Value> {
    let problems: Vec<Problem> = match error {
        GraphQLError::ParseError(error) => vec![of_parsing(&error.item)],
        GraphQLError::ValidationError(errors) => errors.iter().take(MAX_ERRORS).map(of_validation).collect(),
        GraphQLError::NoOperationProvided => vec![Problem::bad_field("query", "must contain an operation")],
        GraphQLError::MultipleOperationsProvided => {
            vec![Problem::bad_field(
                "operationName",
                "must be given when there are several operations",
            )]
        }
        GraphQLError::UnknownOperationName => {
            vec![Problem::bad_field(
                "operationName",
                "must name an operation of the document",
            )]
        }
        GraphQLError::IsSubscription => {
            vec![Problem::bad_field(
                "query",
                "must not be a subscription: subscriptions are served at /graphql/ws and /graphql/stream",
            )]
        }
        GraphQLError::NotSubscription | GraphQLError::NotSupported(_) => {
            vec![Problem::new(Code::ValidationFailed, error.to_string())]
        }
    };
    let locations = match serde_json::to_value(error) {
        Ok(Value::Array(errors)) => errors,
        _ => Vec::new(),
    };
    let located = |(index, problem): (usize, &Problem)| {
        let mut json = problem.to_json();
        if let Some(locations) = locations.get(index).and_then(|error| error.get("locations")) {
            json["locations"] = locations.clone();
        }
        json
    };
    problems.iter().enumerate().map(located).collect()
}

fn of_parsing(error: &ParseError) -> Problem {
    let code = match error {
        ParseError::DepthLimitExceeded(_)
        | ParseError::TokenLimitExceeded(_)
        | ParseError::FieldLimitExceeded(_) => Code::QueryTooComplex,
        _ => Code::ParseFailed,
    };
    Problem::new(code, error.to_string())
}

/// Converts a validation error. Juniper has the same kind of error for a document that does not match the schema and
/// for variables that do not match the document. Errors in variables are invalid input, and only the message identifies
/// them.
fn of_validation(error: &RuleError) -> Problem {
    match variable_at_fault(error.message()) {
        Some((field, fault)) => {
            let mut problem = Problem::bad_field(&field, fault);
            problem.message = cut(error.message(), MAX_MESSAGE_CHARS).into_owned();
            problem
        }
        None if error.message() == TOO_MANY_COMPARISONS => {
            Problem::new(Code::QueryTooComplex, error.message())
        }
        None => Problem::new(Code::ValidationFailed, error.message()),
    }
}

/// Splits `Variable "$input" got invalid value. In field "name": Expected "String!", found null.` into the path
/// `input.name` and the fault. Returns `None` for other messages.
fn variable_at_fault(message: &str) -> Option<(String, &str)> {
    let (variable, rest) = message.strip_prefix("Variable \"$")?.split_once('"')?;
    if rest.ends_with(" was not provided.") {
        return Some((variable.to_owned(), "must be given"));
    }
    let mut fault = rest.strip_prefix(" got invalid value. ")?;
    let mut path = variable.to_owned();
    loop {
        if let Some((field, rest)) = fault
            .strip_prefix("In field \"")
            .and_then(|rest| rest.split_once("\": "))
        {
            path.push('.');
            path.push_str(field);
            fault = rest;
        } else if let Some((index, rest)) = fault
            .strip_prefix("In element #")
            .and_then(|rest| rest.split_once(": "))
        {
            path.push_str(&format!("[{index}]"));
            fault = rest;
        } else {
            return Some((path, fault.trim_end_matches('.')));
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        r#"Variable "$input" got invalid value. In field "oht": In field "railSegments": In element #1: In field "end": Expected "Float!", found null."#,
        Some(("input.oht.railSegments[1].end", r#"Expected "Float!", found null"#))
    )]
    #[case(r#"Variable "$id" of required type "ID!" was not provided."#, Some(("id", "must be given")))]
    #[case(r#"Variable "$id" is not defined by operation "Q""#, None)]
    #[case("Unknown field", None)]
    fn invalid_variables_are_named(#[case] message: &str, #[case] expected: Option<(&str, &str)>) {
        let found = variable_at_fault(message);
        assert_eq!(
            found.as_ref().map(|(path, fault)| (path.as_str(), *fault)),
            expected
        );
    }

    #[test]
    fn internal_details_are_not_revealed() {
        let problem = Problem::of(Error::internal("password=hunter2"), "req-1").to_json();
        assert_eq!(
            problem,
            json!({"message": "internal error", "extensions": {"code": "INTERNAL", "requestId": "req-1"}})
        );
    }
}
