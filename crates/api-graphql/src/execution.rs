//! One operation, from its document to its answer.

mod batch;

use std::{panic::AssertUnwindSafe, time::Duration};

use actix_web::http::StatusCode;
use futures::FutureExt as _;
use juniper::{
    DefaultScalarValue, ExecutionError, GraphQLError, OperationType, ValidatedOperation,
    Value as GraphQLValue, http::GraphQLResponse,
};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

pub(crate) use batch::execute_batch;

use crate::{
    api::GraphqlApi,
    context::Context,
    document::{self, Prepared, Refusal},
    instruments,
    loading::drive,
    problem::{self, Code, Problem},
    request::Request,
};

/// The answer to one operation.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It was executed.
    Executed {
        /// Whether nothing went wrong.
        is_ok: bool,
        /// JSON; its fields are in the order in which they were asked for.
        body: String,
    },
    /// It was not executed, or not to its end.
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
    pub(crate) fn refusal(refusal: &Refusal) -> Self {
        Self::Failed {
            status: StatusCode::BAD_REQUEST,
            errors: errors_of(refusal),
            retry_after: None,
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

    /// What an execution gave.
    pub(crate) fn executed(
        context: &Context,
        data: GraphQLValue,
        errors: Vec<ExecutionError<DefaultScalarValue>>,
    ) -> Self {
        let is_ok = errors.is_empty();
        match serde_json::to_string(&GraphQLResponse::from_result(Ok((data, errors)))) {
            Ok(body) => Self::Executed { is_ok, body },
            Err(error) => {
                tracing::error!(request.id = &*context.request_id, %error, "an answer could not be written");
                Self::internal(context)
            }
        }
    }

    /// What Juniper says of a document that it does not execute.
    pub(crate) fn of_document(error: &GraphQLError) -> Self {
        Self::Failed {
            status: StatusCode::BAD_REQUEST,
            errors: problem::of_document(error),
            retry_after: None,
        }
    }

    /// The status in HTTP.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Executed { .. } => StatusCode::OK,
            Self::Failed { status, .. } => *status,
        }
    }

    /// When to try again, if that may help.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Executed { .. } => None,
            Self::Failed { retry_after, .. } => *retry_after,
        }
    }

    /// The answer as JSON.
    pub(crate) fn into_body(self) -> String {
        match self {
            Self::Executed { body, .. } => body,
            Self::Failed { errors, .. } => json!({"errors": errors}).to_string(),
        }
    }

    const fn is_ok(&self) -> bool {
        matches!(self, Self::Executed { is_ok: true, .. })
    }
}

/// The errors of a document that is not given to Juniper.
pub(crate) fn errors_of(refusal: &Refusal) -> Vec<Value> {
    match refusal {
        Refusal::Syntax(error) => problem::of_document(error),
        Refusal::Problem(problem) => vec![problem.to_json()],
    }
}

/// What a door lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Only what changes nothing.
    Queries,
    /// Queries and mutations.
    QueriesAndMutations,
}

/// Executes a query or a mutation. Whatever happens inside, there is an answer.
pub(crate) async fn execute(
    api: &GraphqlApi,
    context: &Context,
    request: Request,
    allowed: Allowed,
) -> Answer {
    let started = Instant::now();
    match document::prepare(request, &api.schema, &api.options) {
        Ok(prepared) => execute_prepared(api, context, &prepared, allowed, started).await,
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
) -> Answer {
    let answer = match context.admit(prepared) {
        Ok(()) => {
            let run = run(api, context, &prepared.request, allowed, started);
            let answer = AssertUnwindSafe(run).catch_unwind().await;
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
    request: &Request,
    allowed: Allowed,
    started: Instant,
) -> Answer {
    let operation =
        match ValidatedOperation::new(&request.query, request.operation_name.as_deref(), &api.schema) {
            Ok(operation) => operation,
            Err(error) => return Answer::of_document(&error),
        };
    if operation.operation_type() == OperationType::Mutation && allowed == Allowed::Queries {
        let problem = Problem::bad_field("query", "must not be a mutation here: those are sent by POST");
        return Answer::problem(StatusCode::METHOD_NOT_ALLOWED, &problem);
    }
    let execution = drive(&context.queue, operation.execute(&request.variables, context));
    match timeout_at(started + api.options.timeout, execution).await {
        Ok(Ok((data, errors))) => Answer::executed(context, data, errors),
        Ok(Err(error)) => Answer::of_document(&error),
        Err(_elapsed) => Answer::late(api.options.timeout),
    }
}

/// The answer when a resolver panicked, or Juniper itself.
pub(crate) fn panicked(context: &Context) -> Answer {
    tracing::error!(request.id = &*context.request_id, "an operation panicked");
    Answer::internal(context)
}
