//! Execution of one operation on a socket or a stream.

use std::panic::AssertUnwindSafe;

use actix_web::http::StatusCode;
use futures::{
    FutureExt as _, SinkExt as _, StreamExt as _,
    channel::mpsc::{self, Sender},
    stream::{self, BoxStream},
};
use juniper::{DefaultScalarValue, ExecutionError, OperationType, Value as GraphQLValue, ValuesStream};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    api::GraphqlApi,
    context::Context,
    cost::Cost,
    document::Prepared,
    execution::{Allowed, Answer, Arrival, Room, execute_prepared, panicked, set_up},
    instruments,
    loading::drive,
};

/// Maximum size of an event: about 64 KiB for each vehicle of the longest list.
const MAX_EVENT_BYTES: usize = 64 * 1024 * 1024;

/// Output of an operation.
#[derive(Debug)]
pub(crate) enum Said {
    /// Result as JSON.
    Next(String),
    /// The operation was not executed; no result follows.
    Refused {
        errors: Vec<Value>,
        cost: Option<Cost>,
    },
    Complete,
}

/// Executes an operation that was received at `started`. A query or an allowed mutation has one result, a subscription
/// any number. The operation advances only as fast as the stream is read, and dropping the stream ends it.
pub(crate) fn run(
    api: GraphqlApi,
    context: Context,
    prepared: Prepared,
    arrival: Arrival,
    allowed: Allowed,
    started: Instant,
) -> BoxStream<'static, Said> {
    // The channel holds only one event, so that a slow client receives merged positions instead of queued ones.
    let (mut said, messages) = mpsc::channel(0);
    let operation = async move {
        let queue = &context.queue;
        let answer = if prepared.kind == Some(OperationType::Subscription) {
            let watching = watch(&api, &context, &prepared, &arrival, started, &mut said);
            let watching = drive(queue, context.account().run(watching));
            // A panic must end only this operation, not the others on the connection.
            match AssertUnwindSafe(watching).catch_unwind().await {
                Ok(end) => end,
                Err(_) => Some(panicked(&context)),
            }
        } else {
            let room = Room::default();
            Some(execute_prepared(&api, &context, &prepared, &arrival, allowed, started, room).await)
        };
        // Sending fails if the client has disconnected.
        if let Some(answer) = answer {
            let _ = said.send(Said::of(answer, Some(context.cost()))).await;
        }
        let _ = said.send(Said::Complete).await;
    };
    // Drives the operation along with its output, so that both end together. The operation itself yields no items.
    let operation = operation.into_stream().filter_map(|()| std::future::ready(None));
    stream::select(messages, operation).boxed()
}

/// Runs a subscription to its end. Returns an answer to be sent last, if there is one.
async fn watch(
    api: &GraphqlApi,
    context: &Context,
    prepared: &Prepared,
    arrival: &Arrival,
    started: Instant,
    said: &mut Sender<Said>,
) -> Option<Answer> {
    if let Err(problem) = context.admit(prepared) {
        instruments::answered(prepared.kind, false, started);
        return Some(Answer::refused(&problem));
    }
    let (field, errors) = match set_up(api, context, prepared, arrival, started).await {
        Ok(opened) => opened,
        Err(answer) => {
            instruments::answered(prepared.kind, false, started);
            return Some(answer);
        }
    };
    let Some((name, mut events)) = the_only(field).filter(|_| errors.is_empty()) else {
        return Some(executed(context, &GraphQLValue::Null, &errors));
    };
    // The charge was made when the subscription was opened, so only the first event reports it.
    let mut cost = Some(context.cost());
    while let Some(event) = events.next().await {
        let answer = match event {
            Ok(value) => {
                let data = GraphQLValue::object([(name.as_str(), value)].into_iter().collect());
                executed(context, &data, &[])
            }
            // All root fields are non-null, so a failed event has no data at all.
            Err(errors) => executed(context, &GraphQLValue::Null, &errors),
        };
        // Sending fails if the client has disconnected.
        said.send(Said::of(answer, cost.take())).await.ok()?;
    }
    None
}

/// Returns the answer for an event, or for a subscription whose root field failed.
fn executed(context: &Context, data: &GraphQLValue, errors: &[ExecutionError<DefaultScalarValue>]) -> Answer {
    Answer::executed(context, data, errors, MAX_EVENT_BYTES)
}

/// Returns the only root field. Documents with several root fields have already been rejected.
fn the_only(fields: GraphQLValue<ValuesStream<'_>>) -> Option<(String, ValuesStream<'_>)> {
    let GraphQLValue::Object(fields) = fields else {
        return None;
    };
    match fields.into_iter().next() {
        Some((name, GraphQLValue::Scalar(events))) => Some((name, events)),
        _ => None,
    }
}

impl Said {
    /// Converts an answer. The answer to an operation that was executed is a result even if it is an error, and so is a
    /// server error.
    fn of(answer: Answer, cost: Option<Cost>) -> Self {
        match answer {
            Answer::NotExecutable { errors } => Self::Refused { errors, cost },
            Answer::Failed { status, errors, .. }
                if status.as_u16() < StatusCode::INTERNAL_SERVER_ERROR.as_u16() =>
            {
                Self::Refused { errors, cost }
            }
            answer => Self::Next(answer.into_body(cost)),
        }
    }
}
