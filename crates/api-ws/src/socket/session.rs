//! The read half of a socket, which executes commands, and the timers of the connection.

use std::{future::poll_fn, ops::ControlFlow, rc::Rc, sync::Arc, time::Duration};

use actix_web::{dev, web::Payload};
use application::{
    identity::{LiveSession, SessionChange},
    live::{DeliveryMode, Filter, GroupLookup, Subscriber, Topic},
    ports::Clock,
};
use futures::StreamExt as _;
use http_edge::{
    ConnectionPermit, MessageBudget, RequestChecks,
    token::Presented,
    websocket::{Close, FrameFault, FrameReader, Incoming, KeepAlive, Stall},
};
use tokio::{
    task::yield_now,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;

use super::lanes::Lanes;
use crate::{
    close,
    codec::Codec,
    frames,
    options::GatewayOptions,
    protocol::{Answer, Command, ErrorCode, Request, RequestFault, ShownToken, mode_word},
};

/// Reads a client's messages until either side closes the connection.
pub(crate) struct Session {
    pub(crate) lanes: Rc<Lanes>,
    pub(crate) codec: Codec,
    /// Dropped as soon as a close is decided, so that a connection that is stuck in a write no longer costs the live
    /// core anything.
    pub(crate) subscriber: Option<Rc<Subscriber>>,
    /// The authenticated user with their current rights.
    pub(crate) live_session: LiveSession,
    pub(crate) groups: GroupLookup,
    pub(crate) request_checks: RequestChecks,
    pub(crate) budget: MessageBudget,
    pub(crate) options: Arc<GatewayOptions>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) interval: Duration,
    pub(crate) mode: DeliveryMode,
    pub(crate) malformed: MessageBudget,
    pub(crate) keep_alive: KeepAlive,
    pub(crate) stall: Stall,
    /// Held while the connection is open.
    pub(crate) _permit: ConnectionPermit,
}

impl Session {
    pub(crate) async fn run(&mut self, payload: Payload, stop: CancellationToken) {
        let mut payload = payload.into_inner();
        let mut reader = FrameReader::new(self.options.sockets.max_message_bytes);
        let mut beat = tokio::time::interval(self.options.sockets.beat());
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let lanes = Rc::clone(&self.lanes);
        // Once a close is decided, only the timer and the end of the write half are awaited.
        let is_reading = || !lanes.is_closing();
        loop {
            if self.lanes.is_closing() {
                self.subscriber = None;
                // From now on, the time for the last frames is limited.
                payload = dev::Payload::None;
            }
            // Every branch is cancel-safe: bytes that were not returned stay in the payload or the reader. The live
            // session is polled first: a revoked client must not run another command.
            tokio::select! {
                biased;
                turn = self.live_session.turn(), if is_reading() => {
                    if let ControlFlow::Break(close) = self.turned(turn) {
                        self.lanes.close(close);
                    }
                }
                incoming = next_message(&lanes, &mut payload, &mut reader, &mut self.keep_alive), if is_reading() => {
                    let Some(incoming) = incoming else {
                        self.lanes.abandon();
                        break;
                    };
                    if let ControlFlow::Break(close) = self.receive(incoming).await {
                        self.lanes.close(close);
                    }
                }
                _ = beat.tick() => {
                    if is_reading() && self.keep_alive.is_ping_due() {
                        self.lanes.answer(frames::ping());
                    }
                    if let ControlFlow::Break(close) = self.judge_health() {
                        self.lanes.close(close);
                    }
                }
                () = stop.cancelled(), if is_reading() => {
                    self.lanes.close(Close::restarting());
                }
                () = poll_fn(|cx| lanes.poll_over(cx)) => break,
            }
        }
    }

    async fn receive(&mut self, incoming: Result<Incoming, FrameFault>) -> ControlFlow<Close> {
        let incoming = match incoming {
            Ok(incoming) => incoming,
            Err(fault) => return ControlFlow::Break(fault.into()),
        };
        // A close frame is answered even if the message budget is spent, because it ends the connection anyway.
        if let Incoming::Close(code) = incoming {
            return ControlFlow::Break(Close::echo(code));
        }
        if self.budget.is_spent() {
            return ControlFlow::Break(Close::too_many_messages());
        }
        let request = match incoming {
            Incoming::Text(text) => Request::parse(&text),
            Incoming::Binary(bytes) if self.codec.reads_message_pack() => Request::parse_message_pack(&bytes),
            Incoming::Binary(_) => Err(RequestFault::binary()),
            Incoming::Ping(payload) => {
                self.lanes.answer(frames::pong(&payload));
                return ControlFlow::Continue(());
            }
            Incoming::Fragment | Incoming::Pong | Incoming::Close(_) => return ControlFlow::Continue(()),
        };
        match request {
            // Boxed, so that a socket takes memory for the execution of a command only while it executes one.
            Ok(request) => Box::pin(self.execute(request)).await,
            Err(fault) => self.refuse(fault),
        }
    }

    /// Applies a change of the user's session. Returns the close frame if the session has ended or the token has
    /// expired.
    fn turned(&mut self, turn: SessionChange) -> ControlFlow<Close> {
        match turn {
            SessionChange::RightsChanged => {
                if let Some(subscriber) = &self.subscriber {
                    subscriber.change_scope(Arc::clone(&self.live_session.actor().scope));
                }
                ControlFlow::Continue(())
            }
            SessionChange::Ended => ControlFlow::Break(close::unauthenticated("the session has ended")),
            SessionChange::Expired => {
                ControlFlow::Break(close::unauthenticated("the access token has expired"))
            }
        }
    }

    async fn execute(&mut self, request: Request) -> ControlFlow<Close> {
        // `subscribe` queues the snapshot before the answer, yet the client receives the answer first: answers precede
        // the mailbox, and nothing is written until the answer is queued, because both directions share one thread.
        if let Some(subscriber) = self.subscriber.clone() {
            // Rights may just have changed; a new subscription must not use outdated ones.
            if matches!(
                request.command,
                Command::Subscribe(..) | Command::SubscribeRegistry
            ) && let Some(turn) = self.live_session.catch_up().await
            {
                self.turned(turn)?;
            }
            let answer = self.perform(&subscriber, request).await;
            self.lanes.answer(self.codec.answer(&answer));
        }
        ControlFlow::Continue(())
    }

    async fn perform(
        &mut self,
        subscriber: &Subscriber,
        Request { id, command }: Request,
    ) -> Answer<'static> {
        match command {
            Command::Subscribe(topic, filter) => match self.subscribe(subscriber, &topic, filter).await {
                Ok(()) => Answer::subscribed(id, Some(&topic)),
                Err(error) => Answer::failure(id, &error),
            },
            Command::Unsubscribe(topic) => {
                subscriber.unsubscribe(&topic);
                Answer::unsubscribed(id, Some(&topic))
            }
            Command::SubscribeRegistry => {
                subscriber.follow_registry();
                Answer::subscribed(id, None)
            }
            Command::UnsubscribeRegistry => {
                subscriber.unfollow_registry();
                Answer::unsubscribed(id, None)
            }
            Command::Configure { interval, mode } => {
                if let Some(interval) = interval {
                    subscriber.set_interval(interval);
                    self.interval = interval;
                }
                if let Some(mode) = mode {
                    subscriber.set_mode(mode);
                    self.mode = mode;
                }
                Answer::Configured {
                    id,
                    interval_ms: millis(self.interval),
                    mode: mode_word(self.mode),
                }
            }
            Command::Authenticate(token) => match self.authenticate(&token).await {
                Ok(()) => {
                    // The token may belong to another session, whose rights may be newer.
                    subscriber.change_scope(Arc::clone(&self.live_session.actor().scope));
                    let nanoseconds = self.live_session.expires_at().unix_timestamp_nanos();
                    Answer::Authenticated {
                        id,
                        expires_at: i64::try_from(nanoseconds / 1_000_000).unwrap_or(i64::MAX),
                    }
                }
                Err(error) => Answer::failure(id, &error),
            },
            Command::Ping => Answer::Pong {
                id,
                server_time: self.clock.now().wall().as_unix_ms(),
            },
        }
    }

    async fn subscribe(
        &self,
        subscriber: &Subscriber,
        topic: &Topic,
        filter: Filter,
    ) -> application::Result<()> {
        if let Topic::Group(group) = topic {
            self.groups.check(self.live_session.actor(), *group).await?;
        }
        subscriber.subscribe_filtered(topic, filter)
    }

    /// Continues with another token for the same user. An invalid token changes nothing: the current one stays valid
    /// until it expires.
    async fn authenticate(&mut self, token: &ShownToken) -> application::Result<()> {
        let shown = Presented::Token(token.expose());
        match self.request_checks.bearer(shown).await? {
            Some(fresh) => self.live_session.renew(fresh),
            None => Ok(()),
        }
    }

    fn refuse(&mut self, fault: RequestFault) -> ControlFlow<Close> {
        let RequestFault { id, code, message } = fault;
        self.lanes
            .answer(self.codec.answer(&Answer::Error { id, code, message }));
        // A message that uses an unsupported part of the protocol is not malformed.
        let is_malformed = code != ErrorCode::NotSupported;
        if is_malformed && self.malformed.is_spent() {
            return ControlFlow::Break(close::protocol_error());
        }
        ControlFlow::Continue(())
    }

    /// Returns the close frame for a client that has stopped reading or answering. While writes are stalled, only the
    /// stall is considered, because a client cannot answer a ping that it has not read.
    fn judge_health(&mut self) -> ControlFlow<Close> {
        // The connection is closing. If it is stuck, the kernel drops it after its limit for undelivered data.
        let Some(subscriber) = &self.subscriber else {
            return ControlFlow::Continue(());
        };
        let writes = self.lanes.writes_when_waiting(subscriber.has_mail());
        match self.stall.lasts(writes, Instant::now()) {
            Some(stall) if stall >= self.options.sockets.send_timeout => {
                return ControlFlow::Break(Close::too_slow());
            }
            Some(stall) => {
                // Once the client reads again, it needs time to respond to the ping that has been waiting.
                self.keep_alive.wrote(stall);
                return ControlFlow::Continue(());
            }
            None => {}
        }
        if self.keep_alive.is_lost() {
            return ControlFlow::Break(close::not_answering());
        }
        ControlFlow::Continue(())
    }
}

/// Returns the client's next message once there is room for its answer; `None` at the end of the connection.
/// Cancel-safe.
async fn next_message(
    lanes: &Lanes,
    payload: &mut dev::Payload,
    reader: &mut FrameReader,
    keep_alive: &mut KeepAlive,
) -> Option<Result<Incoming, FrameFault>> {
    poll_fn(|cx| lanes.poll_room(cx)).await;
    // A chunk may contain hundreds of messages. Between two of them, the other connections of this worker are served.
    yield_now().await;
    loop {
        if let Some(incoming) = reader.read().transpose() {
            return Some(incoming);
        }
        let bytes = payload.next().await?.ok()?;
        keep_alive.received();
        reader.add(&bytes);
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use actix_web::{FromRequest as _, test::TestRequest};
    use futures::FutureExt as _;
    use http_edge::websocket::SocketRules;

    use super::*;

    #[tokio::test]
    async fn other_connections_are_served_between_the_messages_of_a_chunk() {
        // An empty ping, masked with zeros.
        let ping = [0x89, 0x80, 0, 0, 0, 0];
        let chunk = [ping; 3].concat();
        let (request, mut body) = TestRequest::default().set_payload(chunk).to_http_parts();
        let payload = Payload::from_request(&request, &mut body).await;
        let mut payload = payload.expect("a payload").into_inner();
        let (lanes, mut reader) = (Lanes::new(), FrameReader::new(1_000));
        let mut keep_alive = KeepAlive::new(&SocketRules::default());
        for _ in 0..3 {
            let turn = next_message(&lanes, &mut payload, &mut reader, &mut keep_alive).now_or_never();
            assert_eq!(turn, None, "another task has its turn first");
            let message = next_message(&lanes, &mut payload, &mut reader, &mut keep_alive).await;
            assert!(matches!(message, Some(Ok(Incoming::Ping(_)))), "{message:?}");
        }
        let end = next_message(&lanes, &mut payload, &mut reader, &mut keep_alive).await;
        assert_eq!(end, None);
    }
}
