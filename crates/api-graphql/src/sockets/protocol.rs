//! The operations of one connection.
//!
//! Juniper's [`Connection`] is the protocol's state machine. Around it stands what it leaves open: documents
//! are prepared as those over HTTP are, every error has its code, an id may be used again as soon as its
//! operation is complete for the client, and nothing is said of an operation after its end.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::{Ready, pending, ready},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{SinkExt as _, StreamExt as _};
use juniper::{DefaultScalarValue, OperationType, Variables};
use juniper_graphql_ws::{
    ConnectionConfig, Init,
    graphql_transport_ws::{ClientMessage, Connection, Input, Output, ServerMessage, SubscribePayload},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::close::Close;
use crate::{
    api::GraphqlApi,
    caller,
    context::Context,
    document::{self, Request},
    execution::{errors_of, panicked},
    instruments,
    problem::{self, Code, Problem},
    schema::Schema,
};

type FromClient = ClientMessage<DefaultScalarValue>;
type FromServer = ServerMessage<DefaultScalarValue>;

/// What to tell the client.
#[derive(Debug)]
pub(super) enum Reply {
    /// A message.
    Text(String),
    /// The end.
    Close(Close),
}

/// One connection: what the client says goes in, what it is told comes out.
pub(super) struct Protocol<'a> {
    api: &'a GraphqlApi,
    connection: Connection<Arc<Schema>, Opening>,
    /// What is under way, by the id that Juniper knows it by. That is never used again: what Juniper still
    /// says of an operation that is complete finds nothing here.
    operations: HashMap<String, Operation>,
    next_id: u64,
    is_initialised: bool,
}

/// An operation that is under way.
struct Operation {
    /// Its id as the client knows it.
    client_id: String,
    kind: Option<OperationType>,
    started: Instant,
}

impl<'a> Protocol<'a> {
    pub(super) fn new(api: &'a GraphqlApi, request_id: &str) -> Self {
        let opening = Opening {
            api: api.clone(),
            request_id: request_id.to_owned(),
        };
        Self {
            api,
            connection: Connection::new(Arc::clone(&api.schema), opening),
            operations: HashMap::new(),
            next_id: 0,
            is_initialised: false,
        }
    }

    /// Whether a `connection_init` came.
    pub(super) const fn is_initialised(&self) -> bool {
        self.is_initialised
    }

    /// Takes a message. What there is to say at once, if anything; the rest comes by [`Protocol::next`].
    pub(super) async fn accept(&mut self, text: &str) -> Option<Reply> {
        let message = match serde_json::from_str(text) {
            Ok(FromClient::ConnectionInit { .. }) if self.is_initialised => {
                return Some(Reply::Close(Close::initialised_already()));
            }
            Ok(FromClient::ConnectionInit { payload }) => {
                self.is_initialised = true;
                FromClient::ConnectionInit { payload }
            }
            Ok(FromClient::Subscribe { id, payload }) if self.is_initialised => match self.begin(id, payload)
            {
                Ok(message) => message,
                Err(refusal) => return Some(refusal),
            },
            Ok(FromClient::Complete { id }) => FromClient::Complete {
                id: self.forget(&id)?,
            },
            Ok(other) => other,
            Err(fault) => {
                return Some(Reply::Close(Close::with(
                    4400,
                    format!("Invalid message: {fault}"),
                )));
            }
        };
        let Ok(()) = self.connection.send(Input::Message(message)).await;
        None
    }

    /// The next thing to say. May be dropped before it is done, and loses nothing.
    pub(super) async fn next(&mut self) -> Reply {
        loop {
            let Some(output) = self.connection.next().await else {
                return pending().await;
            };
            if let Some(reply) = self.tell(output) {
                return reply;
            }
        }
    }

    /// Begins an operation, under an id of our own.
    fn begin(
        &mut self,
        client_id: String,
        payload: SubscribePayload<DefaultScalarValue>,
    ) -> Result<FromClient, Reply> {
        let started = Instant::now();
        if self
            .operations
            .values()
            .any(|operation| operation.client_id == client_id)
        {
            return Err(Reply::Close(Close::id_in_use(&client_id)));
        }
        if self.operations.len() >= self.api.options.sockets.max_operations {
            let problem = Problem::new(Code::RateLimited, "too many operations are under way");
            return Err(error(&client_id, &[problem.to_json()]));
        }
        let SubscribePayload {
            query,
            variables,
            operation_name,
            extensions,
        } = payload;
        let mut request = Request {
            query,
            operation_name,
            variables,
        };
        let prepared = document::prepare(&mut request, &self.api.schema, self.api.options.max_depth);
        let kind = prepared.map_err(|refusal| {
            instruments::answered(None, false, started);
            error(&client_id, &errors_of(&refusal))
        })?;
        self.next_id += 1;
        let id = self.next_id.to_string();
        self.operations.insert(
            id.clone(),
            Operation {
                client_id,
                kind,
                started,
            },
        );
        let Request {
            query,
            operation_name,
            variables,
        } = request;
        let payload = SubscribePayload {
            query,
            variables,
            operation_name,
            extensions,
        };
        Ok(FromClient::Subscribe { id, payload })
    }

    /// The client wants no more of an operation.
    fn forget(&mut self, client_id: &str) -> Option<String> {
        let found = self
            .operations
            .iter()
            .find(|(_, operation)| operation.client_id == client_id);
        let id = found.map(|(id, _)| id.clone())?;
        self.operations.remove(&id);
        Some(id)
    }

    fn tell(&mut self, output: Output<DefaultScalarValue>) -> Option<Reply> {
        let message = match output {
            Output::Close { code, message } => return Some(Reply::Close(Close::with(code, message))),
            Output::Message(message) => message,
        };
        Some(match message {
            FromServer::ConnectionAck | FromServer::Pong => text(&message),
            FromServer::Next { id, payload } => {
                let operation = self.operations.get(&id)?;
                operation.answered(payload.errors.is_empty());
                text(&FromServer::Next {
                    id: operation.client_id.clone(),
                    payload,
                })
            }
            FromServer::Error { id, payload } => {
                let operation = self.operations.remove(&id)?;
                instruments::answered(operation.kind, false, operation.started);
                error(
                    &operation.client_id,
                    &problem::of_document(payload.graphql_error()),
                )
            }
            FromServer::Complete { id } => {
                let operation = self.operations.remove(&id)?;
                text(&FromServer::Complete {
                    id: operation.client_id,
                })
            }
        })
    }
}

impl Operation {
    /// Queries and mutations have one answer; a subscription is measured when it begins, by its resolver.
    fn answered(&self, is_ok: bool) {
        if self.kind != Some(OperationType::Subscription) {
            instruments::answered(self.kind, is_ok, self.started);
        }
    }
}

/// What happens when `connection_init` comes.
struct Opening {
    api: GraphqlApi,
    request_id: String,
}

impl Init<DefaultScalarValue, Context> for Opening {
    type Error = Infallible;
    type Future = Ready<Result<ConnectionConfig<Context, DefaultScalarValue>, Infallible>>;

    fn init(self, payload: Variables) -> Self::Future {
        let context = self
            .api
            .context(caller::of_connection_init(&payload), &self.request_id);
        // Operations are counted by the protocol, and silent peers are found by pings of the WebSocket itself.
        ready(Ok(ConnectionConfig::new(context)
            .with_keep_alive_interval(Duration::ZERO)
            .with_panic_handler(|_, context: &Context| Some(panicked(context)))))
    }
}

/// The end of an operation that was not executed.
fn error(client_id: &str, errors: &[Value]) -> Reply {
    text(&json!({"type": "error", "id": client_id, "payload": errors}))
}

fn text(message: &impl Serialize) -> Reply {
    match serde_json::to_string(message) {
        Ok(text) => Reply::Text(text),
        Err(fault) => {
            tracing::error!(error = %fault, "a message could not be written");
            Reply::Close(Close::with(1011, "internal error"))
        }
    }
}
