//! The stream of events of one subscriber.

use std::{collections::VecDeque, sync::Arc};

use application::{
    Moment,
    ports::{Canary, Clock, FeedEvent},
    telemetry::Inbound,
};
use bytes::Bytes;
use fred::types::{Message, Value};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use metrics::{Gauge, gauge};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::{
    backlog::{Backlog, Job},
    canaries, channels,
    decoders::Decoders,
    inbox::{Dropped, Inbox},
    subscription::State,
};
use crate::wire;

/// Maximum number of messages moved to the backlog before some of it is decoded.
const AT_ONCE: usize = 4_096;
/// Maximum number of canaries that may wait for the subscriber. Any more are dropped.
const WAITING_CANARIES: usize = 64;

pub(super) struct Feed {
    messages: Inbox,
    link: watch::Receiver<State>,
    /// Shows the cost of the messages in the backlog, in bytes.
    backlog_bytes: Gauge,
    /// State that was last reported to the subscriber; [`State::Trying`] before the first report.
    reported: State,
    /// Whether a subscription was lost and the loss is still to be reported, after the messages received before it.
    is_lost: bool,
    backlog: Backlog,
    decoders: Decoders<Work>,
    /// Number of messages that were dropped before they reached the backlog and have not been reported yet.
    dropped: u64,
    /// Canaries that have arrived. They do not pass through the backlog, whose lanes divide the time among vehicles.
    canaries: VecDeque<Canary>,
    clock: Arc<dyn Clock>,
    max_message_bytes: usize,
    /// Closes the connections when the feed is dropped.
    _keeper: AbortOnDropHandle<()>,
}

/// Work for other threads.
enum Work {
    Messages(Job),
    /// Nothing to do. The canary shows that the threads that decode messages return their results.
    Canary(Canary),
}

impl Work {
    /// Does the work, and returns its result.
    fn done(self) -> Self {
        match self {
            Self::Messages(job) => Self::Messages(job.decode()),
            Self::Canary(canary) => Self::Canary(canary),
        }
    }
}

impl Feed {
    pub(super) fn new(
        messages: Inbox,
        link: watch::Receiver<State>,
        keeper: AbortOnDropHandle<()>,
        clock: Arc<dyn Clock>,
        max_message_bytes: usize,
        decoder_threads: usize,
    ) -> Self {
        let backlog = Backlog::new(max_message_bytes);
        let (_, limit) = backlog.cost_and_budget();
        gauge!("fleetwatch_ingest_backlog_limit_bytes").set(limit as f64);
        Self {
            messages,
            link,
            backlog_bytes: gauge!("fleetwatch_ingest_backlog_bytes"),
            reported: State::Trying,
            is_lost: false,
            backlog,
            decoders: Decoders::new(decoder_threads),
            dropped: 0,
            canaries: VecDeque::new(),
            clock,
            max_message_bytes,
            _keeper: keeper,
        }
    }

    pub(super) fn into_stream(self) -> BoxStream<'static, FeedEvent> {
        stream::unfold(self, async |mut feed| Some((feed.event().await?, feed))).boxed()
    }

    /// Returns the next event; `None` when the feed has ended. Cancel-safe: all progress is kept in `self`.
    async fn event(&mut self) -> Option<FeedEvent> {
        if self.reported == State::Trying {
            return self.first_event().await;
        }
        loop {
            if self.reported == State::Down && *self.link.borrow_and_update() == State::Up {
                self.reported = State::Up;
                return Some(FeedEvent::Up);
            }
            // After a loss, the inbox may already contain messages of the next connection; they are returned after
            // `Down`.
            if !self.is_lost {
                self.collect(AT_ONCE);
            }
            if let Some(lagged) = self.lagged() {
                return Some(lagged);
            }
            // Set before messages are decoded, so that the gauge includes those that are decoded at once.
            self.backlog_bytes.set(self.backlog.cost_and_budget().0 as f64);
            if let Some(decoded) = self.decode() {
                return Some(decoded);
            }
            if self.is_lost && self.backlog.is_empty() {
                // Accepting a job may drop messages of a heavy lane, which were received before the loss.
                if let Some(lagged) = self.lagged() {
                    return Some(lagged);
                }
                (self.reported, self.is_lost) = (State::Down, false);
                return Some(FeedEvent::Down);
            }
            // After a loss, only the last two branches of `wait` can be enabled, and one of them is, because the
            // backlog is not empty here.
            self.wait().await?;
        }
    }

    /// Waits for the first report of the state. Cancel-safe, because both branches are.
    async fn first_event(&mut self) -> Option<FeedEvent> {
        loop {
            let is_known = |state: &State| *state != State::Trying;
            tokio::select! {
                state = self.link.wait_for(is_known) => self.reported = *state.ok()?,
                () = self.messages.accept() => continue,
            }
            return Some(match self.reported {
                State::Up => FeedEvent::Up,
                State::Down | State::Trying => FeedEvent::Down,
            });
        }
    }

    /// Reports the dropped messages that have not been reported yet, if there are any.
    fn lagged(&mut self) -> Option<FeedEvent> {
        let dropped = std::mem::take(&mut self.dropped) + self.backlog.take_dropped();
        (dropped > 0).then_some(FeedEvent::Lagged(dropped))
    }

    /// Decodes messages, or accepts those that another thread has decoded. A canary takes the same path: it passes
    /// through the other threads if these are decoding, and overtakes the messages that are not being decoded. Returns
    /// `None` if neither messages nor canaries are waiting, if the next ones are in other threads, or if the decoded
    /// messages have no parts.
    fn decode(&mut self) -> Option<FeedEvent> {
        loop {
            let ended = self.decoders.try_next().map(|work| self.accept(work));
            self.start_work();
            match ended {
                Some(None) => {}
                Some(event) => return event,
                None if self.decoders.is_idle() => {
                    let canary = self.canaries.pop_front().map(FeedEvent::Canary);
                    return canary.or_else(|| event_of(self.backlog.take()));
                }
                None => return None,
            }
        }
    }

    /// Gives work to the other threads if there is enough of it.
    fn start_work(&mut self) {
        while self.decoders.has_room() {
            let canary = if self.decoders.is_idle() {
                None
            } else {
                self.canaries.pop_front()
            };
            let messages = || self.backlog.next_job().map(Work::Messages);
            let Some(work) = canary.map(Work::Canary).or_else(messages) else {
                break;
            };
            self.decoders.start(move || work.done());
        }
    }

    /// Accepts the result of another thread.
    fn accept(&mut self, work: Work) -> Option<FeedEvent> {
        match work {
            Work::Messages(job) => event_of(self.backlog.accept(job)),
            Work::Canary(canary) => Some(FeedEvent::Canary(canary)),
        }
    }

    /// Waits for a change of the state, a message, or the end of a job. If messages are already waiting (which happens
    /// when those decoded last had no parts), it only yields to other tasks: the messages must not be held up until
    /// another one arrives. Cancel-safe, because all branches are.
    async fn wait(&mut self) -> Option<()> {
        let is_idle = self.decoders.is_idle();
        let has_more = is_idle && !self.backlog.is_empty();
        tokio::select! {
            biased;
            changed = self.link.changed(), if !self.is_lost => {
                changed.ok()?;
                if self.reported == State::Up {
                    // Messages received before the loss are returned first, except those of heavy lanes, which would
                    // delay the report of the loss.
                    self.collect(usize::MAX);
                    self.backlog.drop_heavy();
                    self.is_lost = true;
                }
            }
            message = self.messages.receive(), if !self.is_lost => match message? {
                Ok(message) => self.keep(message, self.clock.now()),
                Err(Dropped(dropped)) => self.dropped += dropped,
            },
            () = self.decoders.wait(), if !is_idle => {}
            () = tokio::task::yield_now(), if has_more => {}
        }
        Some(())
    }

    /// Moves up to `limit` received messages to the backlog.
    fn collect(&mut self, limit: usize) {
        let now = self.clock.now();
        self.messages.accept_waiting();
        for _ in 0..limit {
            match self.messages.try_receive() {
                Some(Ok(message)) => self.keep(message, now),
                Some(Err(Dropped(dropped))) => self.dropped += dropped,
                None => break,
            }
        }
    }

    fn keep(&mut self, message: Message, now: Moment) {
        if canaries::is_channel(&message.channel) {
            if let Some(canary) = canaries::parse(&message.value)
                && self.canaries.len() < WAITING_CANARIES
            {
                self.canaries.push_back(canary);
            }
            return;
        }
        if let Some(channel) = channels::parse(&message.channel)
            && let Some(payload) = bytes_of(message.value)
        {
            let message = wire::Message::new(channel, payload, now, self.max_message_bytes);
            self.backlog.push(message);
        }
    }
}

/// Returns the event of decoded messages; `None` if they have no parts.
fn event_of(decoded: Vec<Inbound>) -> Option<FeedEvent> {
    (!decoded.is_empty()).then_some(FeedEvent::Messages(decoded))
}

/// Returns a payload without copying it. fred returns text where the bytes are UTF-8.
fn bytes_of(value: Value) -> Option<Bytes> {
    match value {
        Value::String(text) => Some(text.into_inner()),
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
