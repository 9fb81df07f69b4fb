//! The state of one connection: what the client says goes in, what it is told comes out.
//!
//! An id names one operation at a time, and may be used again as soon as its operation is complete for the client;
//! nothing is said of an operation after its end. Inside, operations have numbers that are never used again.

use std::{collections::HashMap, future::pending, num::NonZeroU32, sync::Arc, time::Duration};

use application::{
    Error, Origin,
    identity::{LiveSession, SessionChange},
};
use futures::{
    FutureExt as _, StreamExt as _,
    stream::{AbortHandle, BoxStream, SelectAll, abortable},
};
use http_edge::{ConnectionPermit, websocket::Close};
use juniper::{OperationType, Variables};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};

use super::{
    close,
    message::{self, FromClient},
};
use crate::{
    api::GraphqlApi,
    caller,
    execution::{Allowed, errors_of, prepare},
    instruments,
    operation::{self, Said},
    problem::{Code, Problem},
    request,
};

/// How long mutations may take to be answered once it is over with who asked for them.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// What to tell the client.
#[derive(Debug)]
pub(super) enum Reply {
    /// A message.
    Text(String),
    /// The end.
    Close(Close),
}

/// A client that may open a socket, before it has presented its token.
pub(super) struct Visitor {
    pub(super) origin: Origin,
    pub(super) user_agent: Option<Arc<str>>,
    pub(super) permit: ConnectionPermit,
}

/// One connection.
pub(super) struct Protocol<'a> {
    api: &'a GraphqlApi,
    request_id: &'a str,
    visitor: Visitor,
    /// Who it is, once `connection_init` came.
    live_session: Option<LiveSession>,
    /// What is under way.
    operations: HashMap<Number, Operation>,
    /// What they say.
    said: SelectAll<BoxStream<'static, (Number, Said)>>,
    next_number: Number,
    ending: Option<Ending>,
}

/// It is over with who asks. Only mutations are still answered, for one of them may be what ended it.
struct Ending {
    close: Close,
    /// Who is not answered by then never is.
    deadline: Instant,
}

/// An operation, as it is known inside.
type Number = u64;

/// An operation that is under way.
struct Operation {
    /// Its id as the client knows it.
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

    /// Whether a `connection_init` came.
    pub(super) const fn is_initialised(&self) -> bool {
        self.live_session.is_some()
    }

    /// Takes a message. What there is to say at once, if anything; the rest comes by [`Protocol::next`].
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
                tracing::warn!(request.id = self.request_id, %error, "nobody can tell who opens a socket");
                return Reply::Close(close::try_later());
            }
        };
        if let Err(crowded) = self.visitor.permit.assign(bearer.user_id()) {
            return Reply::Close(close::forbidden(crowded.to_string()));
        }
        self.live_session = Some(bearer.live_session(self.visitor.origin.clone()));
        Reply::Text(message::connection_ack())
    }

    /// Answers a ping. A token that it shows takes the place of the one that the connection has; one that is no good
    /// closes it, as in `connection_init`: the protocol has no other way to refuse it.
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
            // What can't be checked now changes nothing, which the answer says.
            Ok(()) | Err(_) => Reply::Text(message::pong_until(live_session.expires_at())),
        }
    }

    /// The next thing to say. May be dropped before it is done, and loses nothing.
    pub(super) async fn next(&mut self) -> Reply {
        loop {
            if let Some(ending) = self.ending.take_if(|_| self.operations.is_empty()) {
                return Reply::Close(ending.close);
            }
            // All are cancel-safe. Who it is comes first: nothing is said to who may not hear it any more.
            tokio::select! {
                biased;
                close = until_over(&mut self.live_session), if self.ending.is_none() => self.end(close),
                () = until_late(self.ending.as_ref()) => self.operations.clear(),
                Some((number, said)) = self.said.next() => {
                    self.look_why(&said);
                    if let Some(reply) = self.tell(number, said) {
                        return reply;
                    }
                }
            }
        }
    }

    /// An operation may be complete because it is over with who asked, by what was done since that was last looked
    /// at. Clients take a completion for the end of what there was to say, and the close for the reason that it is.
    fn look_why(&mut self, said: &Said) {
        if matches!(said, Said::Complete)
            && self.ending.is_none()
            && let Some(close) = until_over(&mut self.live_session).now_or_never()
        {
            self.end(close);
        }
    }

    fn end(&mut self, close: Close) {
        self.operations.retain(|_, operation| operation.is_mutation);
        let deadline = Instant::now() + LAST_ANSWERS;
        self.ending = Some(Ending { close, deadline });
    }

    /// Begins an operation, or says why not.
    async fn begin(&mut self, client_id: String, request: &RawValue) -> Result<(), Reply> {
        let Some(live_session) = &mut self.live_session else {
            return Err(Reply::Close(close::unauthorised()));
        };
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
                "too many operations are under way",
            )));
        }
        let started = Instant::now();
        // Before it is looked at, which costs something already.
        let context = self.api.context(&caller);
        context.charge(NonZeroU32::MIN).map_err(|problem| {
            instruments::answered(None, false, started);
            refusal(problem)
        })?;
        let request = request::from_json(request.get().as_bytes()).map_err(refusal)?;
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

    /// What an operation says, in the protocol's words.
    fn tell(&mut self, number: Number, said: Said) -> Option<Reply> {
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

/// Waits until who it is does not hold any more, and gives the end; as long as nobody knows who it is, for ever.
/// Changed rights are taken over on the way. Cancel-safe.
async fn until_over(live_session: &mut Option<LiveSession>) -> Close {
    let Some(live_session) = live_session else {
        return pending().await;
    };
    loop {
        match live_session.turn().await {
            SessionChange::RightsChanged => {}
            SessionChange::Ended => return close::session_over(),
            SessionChange::Expired => return close::forbidden("the access token is expired"),
        }
    }
}

/// Waits until nobody is answered any more; for ever where it is not over.
async fn until_late(ending: Option<&Ending>) {
    match ending {
        Some(ending) => sleep_until(ending.deadline).await,
        None => pending().await,
    }
}
