//! Execution of operations.

mod batch;
mod operation_span;
mod writing;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use futures::FutureExt as _;
use juniper::{
    DefaultScalarValue, ExecutionError, GraphQLError, OperationType, ValidatedOperation,
    Value as GraphQLValue, ValuesStream,
};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

pub(crate) use batch::execute_batch;
pub(crate) use operation_span::Arrival;

use crate::{
    api::GraphqlApi,
    context::Context,
    cost::Cost,
    document::{self, DocumentError, Prepared},
    instruments,
    loading::drive,
    media_type::MediaType,
    problem::{self, Code, Problem},
    request::Incoming,
};
use writing::Fault;

/// Answer to one operation.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The operation was executed.
    Executed {
        /// Whether the operation succeeded without errors.
        is_ok: bool,
        /// JSON object without its closing brace. Fields are in the order of the selection.
        body: String,
    },
    /// The document can't be executed: it has syntax errors, does not match the schema, or exceeds a limit.
    NotExecutable { errors: Vec<Value> },
    /// The request was rejected for another reason, or its execution was not completed.
    Failed {
        status: StatusCode,
        errors: Vec<Value>,
        /// Recommended delay before a retry, if there is one.
        retry_after: Option<Duration>,
    },
}

impl Answer {
    pub(crate) fn problem(status: StatusCode, problem: &Problem) -> Self {
        Self::Failed {
            status,
            errors: vec![problem.to_json()],
            retry_after: problem.retry_after(),
        }
    }

    /// Creates an answer with one error and the HTTP status for its code.
    pub(crate) fn refused(problem: &Problem) -> Self {
        let status = match problem.code {
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::problem(status, problem)
    }

    /// Creates the answer to a request that is rejected before Juniper processes it.
    pub(crate) fn refusal(refusal: &DocumentError) -> Self {
        match refusal {
            DocumentError::Request(problem) if problem.code == Code::PersistedQueryNotFound => {
                // Not an error: the client then sends the document.
                Self::problem(StatusCode::OK, problem)
            }
            DocumentError::Request(problem) => Self::problem(StatusCode::BAD_REQUEST, problem),
            DocumentError::Syntax(_) | DocumentError::Problem(_) => Self::NotExecutable {
                errors: errors_of(refusal),
            },
        }
    }

    /// Creates the answer for an internal error, which the caller must log.
    pub(crate) fn internal(context: &Context) -> Self {
        Self::problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            &Problem::internal(&context.request_id),
        )
    }

    /// Creates the answer for an exceeded timeout.
    pub(crate) fn late(allowed: Duration) -> Self {
        let message = format!("the request took longer than {allowed:?} and was aborted");
        Self::problem(StatusCode::SERVICE_UNAVAILABLE, &Problem::unavailable(message))
    }

    /// Creates the answer to a mutation by GET. GET requests must not change anything, because a link, an image or a
    /// prefetch can trigger them.
    pub(crate) fn mutation_by_get() -> Self {
        let problem = Problem::bad_field("query", "must not be a mutation: mutations must be sent by POST");
        Self::problem(StatusCode::METHOD_NOT_ALLOWED, &problem)
    }

    /// Creates the answer for the result of an execution. If the result exceeds `max_bytes`, the answer is an error.
    pub(crate) fn executed(
        context: &Context,
        data: &GraphQLValue,
        errors: &[ExecutionError<DefaultScalarValue>],
        max_bytes: usize,
    ) -> Self {
        match writing::write(data, errors, max_bytes) {
            Ok(body) => Self::Executed {
                is_ok: errors.is_empty(),
                body,
            },
            Err(Fault::TooLarge) => Self::too_large(max_bytes),
            Err(Fault::NotJson(error)) => {
                tracing::error!(request.id = &*context.request_id, %error, "could not serialise a response");
                Self::internal(context)
            }
        }
    }

    /// Creates the answer for a result that exceeds the maximum size. The status is that of an executed operation,
    /// because a mutation may have taken effect.
    fn too_large(max_bytes: usize) -> Self {
        let message = format!("the response is larger than {max_bytes} bytes: request less data");
        let problem = Problem::new(Code::QueryTooComplex, message);
        Self::Executed {
            is_ok: false,
            body: format!(r#"{{"data":null,"errors":[{}]"#, problem.to_json()),
        }
    }

    /// Creates the answer to a document that Juniper does not execute.
    pub(crate) fn of_document(error: &GraphQLError) -> Self {
        Self::NotExecutable {
            errors: problem::of_document(error),
        }
    }

    /// Returns the HTTP status. For a well-formed request whose document can't be executed, the specification
    /// recommends 4xx only with GraphQL's own media type. With `application/json`, such a response might come from an
    /// intermediary (<https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes>).
    pub(crate) const fn status(&self, media_type: MediaType) -> StatusCode {
        match (self, media_type) {
            (Self::Executed { .. }, _) | (Self::NotExecutable { .. }, MediaType::Json) => StatusCode::OK,
            (Self::NotExecutable { .. }, MediaType::GraphqlResponse) => StatusCode::BAD_REQUEST,
            (Self::Failed { status, .. }, _) => *status,
        }
    }

    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Executed { .. } | Self::NotExecutable { .. } => None,
            Self::Failed { retry_after, .. } => *retry_after,
        }
    }

    /// Returns the answer as JSON, with the cost in its extensions.
    pub(crate) fn into_body(self, cost: Option<Cost>) -> String {
        let mut body = match self {
            Self::Executed { body, .. } => body,
            Self::NotExecutable { errors } | Self::Failed { errors, .. } => {
                format!(r#"{{"errors":{}"#, Value::from(errors))
            }
        };
        if let Some(cost) = cost {
            body.push_str(r#","extensions":"#);
            body.push_str(&cost.to_extensions());
        }
        body.push('}');
        body
    }

    const fn is_ok(&self) -> bool {
        matches!(self, Self::Executed { is_ok: true, .. })
    }
}

/// Returns the errors of a request that is rejected before Juniper processes it.
pub(crate) fn errors_of(refusal: &DocumentError) -> Vec<Value> {
    match refusal {
        DocumentError::Syntax(error) => problem::of_document(error),
        DocumentError::Problem(problem) | DocumentError::Request(problem) => vec![problem.to_json()],
    }
}

/// Remaining bytes for the answers of a batch, or for a single answer. They are limited because a whole answer is in
/// memory before it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    bytes: usize,
    /// Remaining bytes for answers with introspection, which is available to anonymous callers.
    introspection_bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            introspection_bytes: 1024 * 1024,
        }
    }
}

impl Room {
    fn of(self, prepared: &Prepared) -> usize {
        if prepared.introspection == 0 {
            self.bytes
        } else {
            self.bytes.min(self.introspection_bytes)
        }
    }

    fn shrink(&mut self, prepared: &Prepared, answer: &Answer) {
        let Answer::Executed { body, .. } = answer else {
            return;
        };
        self.bytes = self.bytes.saturating_sub(body.len());
        if prepared.introspection > 0 {
            self.introspection_bytes = self.introspection_bytes.saturating_sub(body.len());
        }
    }
}

/// Kinds of operation that an endpoint accepts, in addition to subscriptions where it supports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    Queries,
    QueriesAndMutations,
}

/// Completes a request with its document, and prepares it for execution.
pub(crate) fn prepare(api: &GraphqlApi, incoming: Incoming) -> Result<Prepared, DocumentError> {
    let request = api.persisted.complete(incoming).map_err(DocumentError::Request)?;
    document::prepare(request, &api.schema.schema, &api.options)
}

/// Executes a query or a mutation. Always returns an answer, even if a resolver panics.
pub(crate) async fn execute(
    api: &GraphqlApi,
    context: &Context,
    incoming: Incoming,
    allowed: Allowed,
) -> Answer {
    let started = Instant::now();
    match prepare(api, incoming) {
        Ok(prepared) => {
            let arrival = Arrival::by_this_request();
            let room = Room::default();
            execute_prepared(api, context, &prepared, &arrival, allowed, started, room).await
        }
        Err(refusal) => {
            instruments::answered(None, false, started);
            Answer::refusal(&refusal)
        }
    }
}

/// Executes a prepared query or mutation that was received at `started`.
pub(crate) async fn execute_prepared(
    api: &GraphqlApi,
    context: &Context,
    prepared: &Prepared,
    arrival: &Arrival,
    allowed: Allowed,
    started: Instant,
    room: Room,
) -> Answer {
    let answer = match context.admit(prepared) {
        Ok(()) => {
            let account = context.account();
            let run = Arc::clone(&account).run(run(api, context, prepared, allowed, started, room));
            // Boxed: a traced operation would otherwise need the state of its execution twice.
            let run = operation_span::within(api, prepared, arrival, run.boxed(), Answer::is_ok);
            let answer = AssertUnwindSafe(run).catch_unwind().await;
            // Charged even after an error or a panic, because the scans have been made.
            context.settle(&account);
            answer.unwrap_or_else(|_| panicked(context))
        }
        Err(problem) => Answer::refused(&problem),
    };
    instruments::answered(prepared.kind, answer.is_ok(), started);
    answer
}

/// Events of a subscription by its root field, and the errors of that field.
pub(crate) type SetUp<'a> = (
    GraphQLValue<ValuesStream<'a>>,
    Vec<ExecutionError<DefaultScalarValue>>,
);

/// Sets up a subscription, which arrived at `started`: resolves its root field into a stream of events. The span of the
/// operation ends at that point, because events may follow for days, and have their own spans.
pub(crate) async fn set_up<'a>(
    api: &'a GraphqlApi,
    context: &'a Context,
    prepared: &'a Prepared,
    arrival: &Arrival,
    started: Instant,
) -> Result<SetUp<'a>, Answer> {
    let request = &prepared.request;
    let opening = async {
        let operation =
            ValidatedOperation::new(&request.query, request.operation_name.as_deref(), &api.schema)
                .map_err(|error| Answer::of_document(&error))?;
        let opening = operation.resolve_into_stream(&request.variables, context);
        // The timeout only limits the start. After that, a subscription may last indefinitely.
        match timeout_at(started + api.options.timeout, opening).await {
            Ok(Ok(opened)) => Ok(opened),
            Ok(Err(error)) => Err(Answer::of_document(&error)),
            Err(_elapsed) => Err(Answer::late(api.options.timeout)),
        }
    };
    // A subscription that could not be started reports that as its only event.
    let is_ok = |opened: &Result<SetUp<'a>, Answer>| {
        opened.as_ref().is_ok_and(|(_, errors)| errors.is_empty()) && !context.has_failed_to_start()
    };
    // Boxed for the same reason as in `execute_prepared`.
    operation_span::within(api, prepared, arrival, opening.boxed(), is_ok).await
}

async fn run(
    api: &GraphqlApi,
    context: &Context,
    prepared: &Prepared,
    allowed: Allowed,
    started: Instant,
    room: Room,
) -> Answer {
    let request = &prepared.request;
    let operation =
        match ValidatedOperation::new(&request.query, request.operation_name.as_deref(), &api.schema) {
            Ok(operation) => operation,
            Err(error) => return Answer::of_document(&error),
        };
    // Only after validation is it certain which operation of the document will be executed.
    if operation.operation_type() == OperationType::Mutation && allowed == Allowed::Queries {
        return Answer::mutation_by_get();
    }
    let execution = drive(&context.queue, operation.execute(&request.variables, context));
    match timeout_at(started + api.options.timeout, execution).await {
        Ok(Ok((data, errors))) => Answer::executed(context, &data, &errors, room.of(prepared)),
        Ok(Err(error)) => Answer::of_document(&error),
        Err(_elapsed) => Answer::late(api.options.timeout),
    }
}

/// Logs that a resolver or Juniper has panicked, and creates the answer.
pub(crate) fn panicked(context: &Context) -> Answer {
    tracing::error!(request.id = &*context.request_id, "an operation panicked");
    Answer::internal(context)
}
