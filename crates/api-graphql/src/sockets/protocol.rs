//! State of one connection, independent of its transport. It accepts messages from the client and returns replies.
//!
//! An id identifies one operation at a time, and may be reused as soon as the client knows that the operation is
//! complete. No message about an operation follows its end. Internally, operations have numbers, which are never
//! reused.

use std::{collections::HashMap, future::pending, num::NonZeroU32, sync::Arc, time::Duration};

use application::{
    Error, Origin,
    identity::{LiveSession, SessionChange},
    trace::TraceParent,
};
use futures::{
    FutureExt as _, StreamExt as _,
    stream::{AbortHandle, BoxStream, SelectAll, abortable},
};
use http_edge::{ConnectionPermit, websocket::Close};
use juniper::{DefaultScalarValue, InputValue, OperationType, Variables};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};

use super::{
    close,
    message::{self, FromClient},
};
use crate::{
    api::GraphqlApi,
    caller,
    execution::{Allowed, Arrival, errors_of, prepare},
    instruments,
    operation::{self, Said},
    problem::{Code, Problem},
    request,
};

/// Maximum time for which mutations are still answered after the end of their session.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) enum Reply {
    Text(String),
    Close(Close),
}

/// Client of a new socket, which presents its token in `connection_init`.
pub(super) struct Visitor {
    pub(super) origin: Origin,
    pub(super) user_agent: Option<Arc<str>>,
    /// Position of the client in a trace, from the handshake. The payload of `connection_init` may replace it.
    pub(super) trace_parent: Option<TraceParent>,
    pub(super) permit: ConnectionPermit,
}

pub(super) struct Protocol<'a> {
    api: &'a GraphqlApi,
    request_id: &'a str,
    visitor: Visitor,
    /// Session of the client; `None` before `connection_init`.
    live_session: Option<LiveSession>,
    operations: HashMap<Number, Operation>,
    /// Output of the operations in progress.
    said: SelectAll<BoxStream<'static, (Number, Said)>>,
    next_number: Number,
    ending: Option<Ending>,
}

/// State after the session has ended or its token has expired. Only mutations in progress are still answered, because
/// one of them may have ended the session.
struct Ending {
    close: Close,
    /// Time after which mutations are no longer answered.
    deadline: Instant,
}

type Number = u64;

/// Operation in progress. Dropping it aborts its output.
struct Operation {
    /// Id given by the client.
    client_id: String,
    is_mutation: bool,
    end: AbortHandle,
}

impl Drop for Operation {
    fn drop(&mut self) {
        self.end.abort();
    }
}

impl<'a> Protocol<'a> {
    pub(super) fn new(api: &'a GraphqlApi, visitor: Visitor, request_id: &'a str) -> Self {
        Self {
            api,
            request_id,
            visitor,
            live_session: None,
            operations: HashMap::new(),
            said: SelectAll::new(),
            next_number: 0,
            ending: None,
        }
    }

    /// Returns `true` if a `connection_init` has been accepted.
    pub(super) const fn is_initialised(&self) -> bool {
        self.live_session.is_some()
    }

    /// Processes a message from the client, and returns the immediate reply, if any. [`Protocol::next`] returns further
    /// replies.
    pub(super) async fn accept(&mut self, text: &str) -> Option<Reply> {
        match FromClient::read(text) {
            Ok(FromClient::ConnectionInit(_)) if self.is_initialised() => {
                Some(Reply::Close(close::initialised_already()))
            }
            Ok(FromClient::ConnectionInit(payload)) => Some(self.initialise(&payload).await),
            Ok(FromClient::Ping(payload)) => Some(self.answer_ping(&payload).await),
            Ok(FromClient::Pong) => None,
            Ok(FromClient::Subscribe { id, request }) => self.begin(id, request).await.err(),
            Ok(FromClient::Complete { id }) => {
                self.operations.retain(|_, operation| operation.client_id != id);
                None
            }
            Err(reason) => Some(Reply::Close(Close::new(4400, reason))),
        }
    }

    async fn initialise(&mut self, payload: &Variables) -> Reply {
        let bearer = match caller::of_connection_init(&self.api.request_checks, payload).await {
            Ok(bearer) => bearer,
            Err(error @ Error::Unauthenticated { .. }) => {
                return Reply::Close(close::forbidden(error.to_string()));
            }
            Err(error) => {
                tracing::warn!(
                    request.id = self.request_id,
                    error = error.chain(),
                    "could not verify the token of a socket"
                );
                return Reply::Close(close::try_later());
            }
        };
        // The user is known only now. The number of connections of each user is limited too.
        if let Err(crowded) = self.visitor.permit.assign(bearer.user_id()) {
            return Reply::Close(close::forbidden(crowded.to_string()));
        }
        self.live_session = Some(bearer.live_session(self.visitor.origin.clone()));
        self.visitor.trace_parent = trace_parent(payload).or(self.visitor.trace_parent);
        Reply::Text(message::connection_ack())
    }

    /// Answers a ping. A valid token for the same user in its payload replaces that of the connection. An invalid
    /// token, or a token for another user, closes the connection as in `connection_init`, because the protocol has no
    /// other way to reject it. Payloads have no effect before `connection_init` and after the end of the session.
    async fn answer_ping(&mut self, payload: &Variables) -> Reply {
        let Some(live_session) = self.live_session.as_mut().filter(|_| self.ending.is_none()) else {
            return Reply::Text(message::pong());
        };
        let renewed = match caller::of_payload(&self.api.request_checks, payload).await {
            Ok(None) => return Reply::Text(message::pong()),
            Ok(Some(fresh)) => live_session.renew(fresh),
            Err(error) => Err(error),
        };
        match renewed {
            Err(error @ Error::Unauthenticated { .. }) => Reply::Close(close::forbidden(error.to_string())),
            // A token that can't be checked at the moment has no effect. The time of expiry in the reply shows this to
            // the client.
            Ok(()) | Err(_) => Reply::Text(message::pong_until(live_session.expires_at())),
        }
    }

    /// Returns the next reply. Cancel-safe.
    pub(super) async fn next(&mut self) -> Reply {
        loop {
            if let Some(ending) = self.ending.take_if(|_| self.operations.is_empty()) {
                return Reply::Close(ending.close);
            }
            // All branches are cancel-safe. The session is polled first: a client without rights must not receive
            // anything.
            tokio::select! {
                biased;
                close = until_over(&mut self.live_session), if self.ending.is_none() => self.end(close),
                // Aborts the remaining mutations, so that the close frame follows.
                () = until_late(self.ending.as_ref()) => self.operations.clear(),
                Some((number, said)) = self.said.next() => {
                    self.check_session_end(&said);
                    if let Some(reply) = self.message_of(number, said) {
                        return reply;
                    }
                }
            }
        }
    }

    /// If an operation has completed, checks whether the session has ended, because that also completes subscriptions.
    /// Clients would mistake such a completion for a regular one, so the connection is closed with the reason instead.
    fn check_session_end(&mut self, said: &Said) {
        if matches!(said, Said::Complete)
            && self.ending.is_none()
            && let Some(close) = until_over(&mut self.live_session).now_or_never()
        {
            self.end(close);
        }
    }

    fn end(&mut self, close: Close) {
        // Dropping an operation aborts its output, so no message about it follows.
        self.operations.retain(|_, operation| operation.is_mutation);
        let deadline = Instant::now() + LAST_ANSWERS;
        self.ending = Some(Ending { close, deadline });
    }

    /// Starts an operation, or returns the reply that rejects it.
    async fn begin(&mut self, client_id: String, request: &RawValue) -> Result<(), Reply> {
        let Some(live_session) = &mut self.live_session else {
            return Err(Reply::Close(close::unauthorised()));
        };
        // A client that knows of a new or revoked grant must see its effect.
        if live_session.catch_up().await == Some(SessionChange::Ended) {
            return Err(Reply::Close(close::session_over()));
        }
        let user_agent = self.visitor.user_agent.clone();
        let caller = caller::of_live_session(live_session, user_agent, self.request_id);
        if self
            .operations
            .values()
            .any(|operation| operation.client_id == client_id)
        {
            return Err(Reply::Close(close::id_in_use(&client_id)));
        }
        let refusal = |problem: Problem| Reply::Text(message::error(&client_id, &[problem.to_json()]));
        if self.operations.len() >= self.api.options.sockets.max_operations {
            return Err(refusal(Problem::new(
                Code::RateLimited,
                "too many operations in progress",
            )));
        }
        let started = Instant::now();
        // The request is charged before parsing, because parsing already has a cost.
        let context = self.api.context(&caller);
        context.charge(NonZeroU32::MIN).map_err(|problem| {
            instruments::answered(None, false, started);
            refusal(problem)
        })?;
        let request = request::from_json(request.get().as_bytes()).map_err(refusal)?;
        let arrival = Arrival::Message(request.trace_parent.or(self.visitor.trace_parent));
        let prepared = prepare(self.api, request).map_err(|refusal| {
            instruments::answered(None, false, started);
            Reply::Text(message::error(&client_id, &errors_of(&refusal)))
        })?;
        let number = self.next_number;
        self.next_number += 1;
        let is_mutation = prepared.kind == Some(OperationType::Mutation);
        let said = operation::run(
            self.api.clone(),
            context,
            prepared,
            arrival,
            Allowed::QueriesAndMutations,
            started,
        );
        let (said, end) = abortable(said.map(move |said| (number, said)));
        self.said.push(said.boxed());
        self.operations.insert(
            number,
            Operation {
                client_id,
                is_mutation,
                end,
            },
        );
        Ok(())
    }

    /// Converts the output of an operation to a message; `None` if the operation has ended.
    fn message_of(&mut self, number: Number, said: Said) -> Option<Reply> {
        let text = match said {
            Said::Next(payload) => message::next(&self.operations.get(&number)?.client_id, &payload),
            Said::Refused { errors, .. } => {
                message::error(&self.operations.remove(&number)?.client_id, &errors)
            }
            Said::Complete => message::complete(&self.operations.remove(&number)?.client_id),
        };
        Some(Reply::Text(text))
    }
}

/// Returns the position of the client in a trace, from the payload of `connection_init`; `None` if it is absent or
/// malformed.
fn trace_parent(payload: &Variables) -> Option<TraceParent> {
    match payload.get("traceparent") {
        Some(InputValue::Scalar(DefaultScalarValue::String(text))) => text.parse().ok(),
        _ => None,
    }
}

/// Waits for the end of the session, and returns the close frame. Waits forever if there is no session yet. Applies
/// changed rights while waiting. Cancel-safe.
async fn until_over(live_session: &mut Option<LiveSession>) -> Close {
    let Some(live_session) = live_session else {
        return pending().await;
    };
    loop {
        match live_session.turn().await {
            SessionChange::RightsChanged => {}
            SessionChange::Ended => return close::session_over(),
            SessionChange::Expired => return close::forbidden("the access token has expired"),
        }
    }
}

/// Waits for the deadline for mutations. Waits forever unless the session is ending.
async fn until_late(ending: Option<&Ending>) {
    match ending {
        Some(ending) => sleep_until(ending.deadline).await,
        None => pending().await,
    }
}
