//! One operation of a connection, from its document to its end.

use std::panic::AssertUnwindSafe;

use actix_web::http::StatusCode;
use futures::{
    FutureExt as _, SinkExt as _, StreamExt as _,
    channel::mpsc::{self, Sender},
    stream::{self, BoxStream},
};
use juniper::{OperationType, ValidatedOperation, Value as GraphQLValue, ValuesStream};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    api::GraphqlApi,
    context::Context,
    document::Prepared,
    execution::{Allowed, Answer, execute_prepared, panicked},
    instruments,
    loading::drive,
};

/// What an operation says.
#[derive(Debug)]
pub(super) enum Said {
    /// A result, as JSON.
    Next(String),
    /// It was not executed, which is its end.
    Refused(Vec<Value>),
    /// The end.
    Complete,
}

/// Executes an operation that came in at `started`: a query or a mutation says one thing, a subscription many. It
/// goes on only as fast as it is read, and dropping it ends it.
pub(super) fn run(
    api: GraphqlApi,
    context: Context,
    prepared: Prepared,
    started: Instant,
) -> BoxStream<'static, Said> {
    let (mut said, heard) = mpsc::channel(0);
    let operation = async move {
        let queue = &context.queue;
        let answer = if prepared.kind == Some(OperationType::Subscription) {
            let watching = drive(queue, watch(&api, &context, &prepared, started, &mut said));
            match AssertUnwindSafe(watching).catch_unwind().await {
                Ok(end) => end,
                Err(_) => Some(panicked(&context)),
            }
        } else {
            Some(execute_prepared(&api, &context, &prepared, Allowed::QueriesAndMutations, started).await)
        };
        // Nobody may listen any more.
        if let Some(answer) = answer {
            let _ = said.send(answer.into()).await;
        }
        let _ = said.send(Said::Complete).await;
    };
    // The operation itself says nothing; it ends, and with it what is heard of it.
    let operation = operation.into_stream().filter_map(|()| std::future::ready(None));
    stream::select(heard, operation).boxed()
}

/// Follows a subscription to its end, and gives what there is to say then.
async fn watch(
    api: &GraphqlApi,
    context: &Context,
    prepared: &Prepared,
    started: Instant,
    said: &mut Sender<Said>,
) -> Option<Answer> {
    if let Err(problem) = context.admit(prepared) {
        instruments::answered(prepared.kind, false, started);
        return Some(Answer::refused(&problem));
    }
    let request = &prepared.request;
    let name = request.operation_name.as_deref();
    let operation = match ValidatedOperation::new(&request.query, name, &api.schema) {
        Ok(operation) => operation,
        Err(error) => {
            instruments::answered(prepared.kind, false, started);
            return Some(Answer::of_document(&error));
        }
    };
    let opening = operation.resolve_into_stream(&request.variables, context);
    let (field, errors) = match timeout_at(started + api.options.timeout, opening).await {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => {
            instruments::answered(prepared.kind, false, started);
            return Some(Answer::of_document(&error));
        }
        Err(_elapsed) => {
            instruments::answered(prepared.kind, false, started);
            return Some(Answer::late(api.options.timeout));
        }
    };
    let Some((name, mut events)) = the_only(field).filter(|_| errors.is_empty()) else {
        return Some(Answer::executed(context, GraphQLValue::Null, errors));
    };
    while let Some(event) = events.next().await {
        let answer = match event {
            Ok(value) => {
                let data = GraphQLValue::object([(name.as_str(), value)].into_iter().collect());
                Answer::executed(context, data, Vec::new())
            }
            // No root field may be null: an event that fails leaves nothing to show.
            Err(errors) => Answer::executed(context, GraphQLValue::Null, errors),
        };
        // An error means that nobody listens any more.
        said.send(answer.into()).await.ok()?;
    }
    None
}

/// The root field: a document with others was refused.
fn the_only(fields: GraphQLValue<ValuesStream<'_>>) -> Option<(String, ValuesStream<'_>)> {
    let GraphQLValue::Object(fields) = fields else {
        return None;
    };
    match fields.into_iter().next() {
        Some((name, GraphQLValue::Scalar(events))) => Some((name, events)),
        _ => None,
    }
}

impl From<Answer> for Said {
    /// What was executed has a result, even if that is an error; what was not is refused.
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Failed { status, errors, .. }
                if status.as_u16() < StatusCode::INTERNAL_SERVER_ERROR.as_u16() =>
            {
                Self::Refused(errors)
            }
            answer => Self::Next(answer.into_body()),
        }
    }
}
