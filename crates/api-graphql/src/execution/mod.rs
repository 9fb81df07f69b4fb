//! One operation, from its document to its answer.

mod batch;
mod writing;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use futures::FutureExt as _;
use juniper::{
    DefaultScalarValue, ExecutionError, GraphQLError, OperationType, ValidatedOperation,
    Value as GraphQLValue,
};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

pub(crate) use batch::execute_batch;

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

/// The answer to one operation.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It was executed.
    Executed {
        /// Whether nothing went wrong.
        is_ok: bool,
        /// JSON but for the closing brace; its fields are in the order in which they were asked for.
        body: String,
    },
    /// Its document cannot be executed: it is no GraphQL, does not fit the schema, or asks for too much.
    NotExecutable {
        /// Why, in the words of GraphQL.
        errors: Vec<Value>,
    },
    /// The request was refused for another reason, or not executed to its end.
    Failed {
        /// Why, in the words of HTTP.
        status: StatusCode,
        /// Why, in those of GraphQL.
        errors: Vec<Value>,
        /// When to try again, if that may help.
        retry_after: Option<Duration>,
    },
}

impl Answer {
    /// An answer of one error.
    pub(crate) fn problem(status: StatusCode, problem: &Problem) -> Self {
        Self::Failed {
            status,
            errors: vec![problem.to_json()],
            retry_after: problem.retry_after(),
        }
    }

    /// The same, with the status that its kind has.
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

    /// The answer to a document that is not given to Juniper.
    pub(crate) fn refusal(refusal: &DocumentError) -> Self {
        match refusal {
            DocumentError::Request(problem) if problem.code == Code::PersistedQueryNotFound => {
                // No fault of the client, which goes on with the document.
                Self::problem(StatusCode::OK, problem)
            }
            DocumentError::Request(problem) => Self::problem(StatusCode::BAD_REQUEST, problem),
            DocumentError::Syntax(_) | DocumentError::Problem(_) => Self::NotExecutable {
                errors: errors_of(refusal),
            },
        }
    }

    /// Something broke; the log has it.
    pub(crate) fn internal(context: &Context) -> Self {
        Self::problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            &Problem::internal(&context.request_id),
        )
    }

    /// It took too long.
    pub(crate) fn late(allowed: Duration) -> Self {
        let message = format!("the request took longer than {allowed:?}, and was given up");
        Self::problem(StatusCode::SERVICE_UNAVAILABLE, &Problem::unavailable(message))
    }

    /// The answer to a mutation in a GET, which must change nothing: a link, an image or a prefetch can send one.
    pub(crate) fn mutation_by_get() -> Self {
        let problem = Problem::bad_field("query", "must not be a mutation here: those are sent by POST");
        Self::problem(StatusCode::METHOD_NOT_ALLOWED, &problem)
    }

    /// What an execution gave, if that is no more than so many bytes.
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
                tracing::error!(request.id = &*context.request_id, %error, "an answer could not be written");
                Self::internal(context)
            }
        }
    }

    /// It was executed, but has more to say than an answer may. What a mutation has done is done, so this is no refusal.
    fn too_large(max_bytes: usize) -> Self {
        let message = format!("the answer has more than {max_bytes} bytes: ask for less");
        let problem = Problem::new(Code::QueryTooComplex, message);
        Self::Executed {
            is_ok: false,
            body: format!(r#"{{"data":null,"errors":[{}]"#, problem.to_json()),
        }
    }

    /// What Juniper says of a document that it does not execute.
    pub(crate) fn of_document(error: &GraphQLError) -> Self {
        Self::NotExecutable {
            errors: problem::of_document(error),
        }
    }

    /// The status in HTTP. A client that accepts `application/json` alone takes another status than 200 for the word of
    /// some intermediary, so the specification has it only where the media type is GraphQL's own
    /// (<https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes>).
    pub(crate) const fn status(&self, media_type: MediaType) -> StatusCode {
        match (self, media_type) {
            (Self::Executed { .. }, _) | (Self::NotExecutable { .. }, MediaType::Json) => StatusCode::OK,
            (Self::NotExecutable { .. }, MediaType::GraphqlResponse) => StatusCode::BAD_REQUEST,
            (Self::Failed { status, .. }, _) => *status,
        }
    }

    /// When to try again, if that may help.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Executed { .. } | Self::NotExecutable { .. } => None,
            Self::Failed { retry_after, .. } => *retry_after,
        }
    }

    /// The answer as JSON, with what it cost.
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

/// The errors of a document that is not given to Juniper.
pub(crate) fn errors_of(refusal: &DocumentError) -> Vec<Value> {
    match refusal {
        DocumentError::Syntax(error) => problem::of_document(error),
        DocumentError::Problem(problem) | DocumentError::Request(problem) => vec![problem.to_json()],
    }
}

/// The most bytes that answers may have. All of what they say is in memory before they are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// All of one, or of a batch together.
    bytes: usize,
    /// Those that say something of the schema, which anybody may ask.
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
    /// What there is for an operation's answer.
    fn of(self, prepared: &Prepared) -> usize {
        if prepared.introspection == 0 {
            self.bytes
        } else {
            self.bytes.min(self.introspection_bytes)
        }
    }

    /// Takes away what an operation's answer has used.
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

/// What an endpoint lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Only what changes nothing.
    Queries,
    /// Queries and mutations.
    QueriesAndMutations,
}

/// Finds the document of a request, holds it to the limits, and makes it ready to be executed.
pub(crate) fn prepare(api: &GraphqlApi, incoming: Incoming) -> Result<Prepared, DocumentError> {
    let request = api.persisted.complete(incoming).map_err(DocumentError::Request)?;
    document::prepare(request, &api.schema.schema, &api.options)
}

/// Executes a query or a mutation. Whatever happens inside, there is an answer.
pub(crate) async fn execute(
    api: &GraphqlApi,
    context: &Context,
    incoming: Incoming,
    allowed: Allowed,
) -> Answer {
    let started = Instant::now();
    match prepare(api, incoming) {
        Ok(prepared) => execute_prepared(api, context, &prepared, allowed, started, Room::default()).await,
        Err(refusal) => {
            instruments::answered(None, false, started);
            Answer::refusal(&refusal)
        }
    }
}

/// The same for a request that was held to the limits already, and came in at `started`.
pub(crate) async fn execute_prepared(
    api: &GraphqlApi,
    context: &Context,
    prepared: &Prepared,
    allowed: Allowed,
    started: Instant,
    room: Room,
) -> Answer {
    let answer = match context.admit(prepared) {
        Ok(()) => {
            let account = context.account();
            let run = Arc::clone(&account).run(run(api, context, prepared, allowed, started, room));
            let answer = AssertUnwindSafe(run).catch_unwind().await;
            context.settle(&account);
            answer.unwrap_or_else(|_| panicked(context))
        }
        Err(problem) => Answer::refused(&problem),
    };
    instruments::answered(prepared.kind, answer.is_ok(), started);
    answer
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

/// The answer when a resolver panicked, or Juniper itself.
pub(crate) fn panicked(context: &Context) -> Answer {
    tracing::error!(request.id = &*context.request_id, "an operation panicked");
    Answer::internal(context)
}
