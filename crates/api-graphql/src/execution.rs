//! One operation, from its document to its answer.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::http::StatusCode;
use futures::FutureExt as _;
use juniper::{ExecutionError, GraphQLError, OperationType, ValidatedOperation, http::GraphQLResponse};
use serde_json::{Value, json};

use crate::{
    api::GraphqlApi,
    context::Context,
    document::{self, Refusal, Request},
    instruments,
    problem::{self, Problem},
};

/// The answer to one request.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Whether nothing went wrong.
    is_ok: bool,
    /// JSON; its fields are in the order in which they were asked for.
    pub(crate) body: String,
}

impl Answer {
    /// An answer of errors alone.
    fn errors(status: StatusCode, errors: &[Value]) -> Self {
        Self {
            status,
            is_ok: false,
            body: json!({"errors": errors}).to_string(),
        }
    }

    /// An answer of one error.
    pub(crate) fn problem(status: StatusCode, problem: &Problem) -> Self {
        Self::errors(status, &[problem.to_json()])
    }
}

/// The errors of a document that is not given to Juniper.
pub(crate) fn errors_of(refusal: &Refusal) -> Vec<Value> {
    match refusal {
        Refusal::Syntax(error) => problem::of_document(error),
        Refusal::TooDeep(problem) => vec![problem.to_json()],
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
    mut request: Request,
    allowed: Allowed,
) -> Answer {
    let started = Instant::now();
    let (kind, answer) = match document::prepare(&mut request, &api.schema, api.options.max_depth) {
        Ok(kind) => (kind, run(api, context, &request, allowed).await),
        Err(refusal) => (
            None,
            Answer::errors(StatusCode::BAD_REQUEST, &errors_of(&refusal)),
        ),
    };
    instruments::answered(kind, answer.is_ok, started);
    answer
}

async fn run(api: &GraphqlApi, context: &Context, request: &Request, allowed: Allowed) -> Answer {
    let operation =
        match ValidatedOperation::new(&request.query, request.operation_name.as_deref(), &api.schema) {
            Ok(operation) => operation,
            Err(error) => return of_document(&error),
        };
    if operation.operation_type() == OperationType::Mutation && allowed == Allowed::Queries {
        let problem = Problem::bad_field("query", "must not be a mutation here: those are sent by POST");
        return Answer::problem(StatusCode::METHOD_NOT_ALLOWED, &problem);
    }
    let execution = AssertUnwindSafe(operation.execute(&request.variables, context)).catch_unwind();
    match execution.await {
        Ok(Ok((data, errors))) => {
            let is_ok = errors.is_empty();
            match serde_json::to_string(&GraphQLResponse::from_result(Ok((data, errors)))) {
                Ok(body) => Answer {
                    status: StatusCode::OK,
                    is_ok,
                    body,
                },
                Err(error) => {
                    tracing::error!(request.id = &*context.request_id, %error, "an answer could not be written");
                    internal(context)
                }
            }
        }
        Ok(Err(error)) => of_document(&error),
        Err(_) => {
            tracing::error!(request.id = &*context.request_id, "a resolver panicked");
            internal(context)
        }
    }
}

fn of_document(error: &GraphQLError) -> Answer {
    Answer::errors(StatusCode::BAD_REQUEST, &problem::of_document(error))
}

fn internal(context: &Context) -> Answer {
    Answer::problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        &Problem::internal(&context.request_id),
    )
}

/// The error that stands for a panic in an operation on a socket.
pub(crate) fn panicked(context: &Context) -> ExecutionError<juniper::DefaultScalarValue> {
    tracing::error!(request.id = &*context.request_id, "a resolver panicked");
    ExecutionError::at_origin(Problem::internal(&context.request_id).into())
}
