//! One operation of a socket or a stream, from its document to its end.

use std::panic::AssertUnwindSafe;

use actix_web::http::StatusCode;
use futures::{
    FutureExt as _, SinkExt as _, StreamExt as _,
    channel::mpsc::{self, Sender},
    stream::{self, BoxStream},
};
use juniper::{
    DefaultScalarValue, ExecutionError, OperationType, ValidatedOperation, Value as GraphQLValue,
    ValuesStream,
};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    api::GraphqlApi,
    context::Context,
    cost::Cost,
    document::Prepared,
    execution::{Allowed, Answer, Room, execute_prepared, panicked},
    instruments,
    loading::drive,
};

/// The most bytes of an event: a message for each vehicle of a large fleet, with everything that there is to know.
const MAX_EVENT_BYTES: usize = 64 * 1024 * 1024;

/// What an operation says.
#[derive(Debug)]
pub(crate) enum Said {
    /// A result, as JSON.
    Next(String),
    /// It was not executed, which is its end.
    Refused {
        /// Why.
        errors: Vec<Value>,
        /// What it was charged.
        cost: Option<Cost>,
    },
    /// The end.
    Complete,
}

/// Executes an operation that came in at `started`, and is of an allowed kind or a subscription: a query or a mutation says one thing, a subscription many. It
/// goes on only as fast as it is read, and dropping it ends it.
pub(crate) fn run(
    api: GraphqlApi,
    context: Context,
    prepared: Prepared,
    allowed: Allowed,
    started: Instant,
) -> BoxStream<'static, Said> {
    let (mut said, heard) = mpsc::channel(0);
    let operation = async move {
        let queue = &context.queue;
        let answer = if prepared.kind == Some(OperationType::Subscription) {
            let watching = watch(&api, &context, &prepared, started, &mut said);
            let watching = drive(queue, context.account().run(watching));
            match AssertUnwindSafe(watching).catch_unwind().await {
                Ok(end) => end,
                Err(_) => Some(panicked(&context)),
            }
        } else {
            let room = Room::default();
            Some(execute_prepared(&api, &context, &prepared, allowed, started, room).await)
        };
        // The client may be gone by now.
        if let Some(answer) = answer {
            let _ = said.send(Said::of(answer, Some(context.cost()))).await;
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
        return Some(executed(context, &GraphQLValue::Null, &errors));
    };
    // It was charged when it was opened, which its first event says.
    let mut cost = Some(context.cost());
    while let Some(event) = events.next().await {
        let answer = match event {
            Ok(value) => {
                let data = GraphQLValue::object([(name.as_str(), value)].into_iter().collect());
                executed(context, &data, &[])
            }
            // No root field may be null: an event that fails leaves nothing to show.
            Err(errors) => executed(context, &GraphQLValue::Null, &errors),
        };
        // An error means that the client is gone.
        said.send(Said::of(answer, cost.take())).await.ok()?;
    }
    None
}

/// What an event, or a subscription that was not opened, has to say.
fn executed(context: &Context, data: &GraphQLValue, errors: &[ExecutionError<DefaultScalarValue>]) -> Answer {
    Answer::executed(context, data, errors, MAX_EVENT_BYTES)
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

impl Said {
    /// What was executed has a result, even if that is an error; what was not is refused.
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
