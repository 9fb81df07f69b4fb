//! What a subscriber gets.

use std::sync::Arc;

use application::{
    Moment,
    ports::{Clock, FeedEvent},
    telemetry::{Channel, Inbound},
};
use bytes::Bytes;
use fred::types::{Message, Value};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::{
    broadcast::{
        self,
        error::{RecvError, TryRecvError},
    },
    watch,
};
use tokio_util::task::AbortOnDropHandle;

use super::link::State;
use crate::wire;

/// How many messages one event carries at most.
const BATCH: usize = 4_096;

/// The events of one subscriber.
pub(super) struct Feed {
    messages: broadcast::Receiver<Message>,
    link: watch::Receiver<State>,
    /// What the subscriber was told last.
    told: State,
    /// What comes before anything else.
    next: Option<FeedEvent>,
    clock: Arc<dyn Clock>,
    max_message_bytes: usize,
    /// Ends the connection with the feed.
    _keeper: AbortOnDropHandle<()>,
}

impl Feed {
    pub(super) fn new(
        messages: broadcast::Receiver<Message>,
        link: watch::Receiver<State>,
        keeper: AbortOnDropHandle<()>,
        clock: Arc<dyn Clock>,
        max_message_bytes: usize,
    ) -> Self {
        Self {
            messages,
            link,
            told: State::Down,
            next: None,
            clock,
            max_message_bytes,
            _keeper: keeper,
        }
    }

    pub(super) fn into_stream(self) -> BoxStream<'static, FeedEvent> {
        stream::unfold(self, async |mut feed| Some((feed.event().await?, feed))).boxed()
    }

    /// The next event; `None` when there will be no other. Nothing is lost when it is dropped before it is there.
    async fn event(&mut self) -> Option<FeedEvent> {
        if let Some(event) = self.next.take() {
            return Some(event);
        }
        match self.told {
            State::Down => {
                self.link.wait_for(|state| *state == State::Up).await.ok()?;
                self.told = State::Up;
                Some(FeedEvent::Up)
            }
            State::Up => tokio::select! {
                biased;
                changed = self.link.changed() => {
                    changed.ok()?;
                    Some(self.lost())
                }
                message = self.messages.recv() => match message {
                    Ok(message) => Some(self.batch(Some(message))),
                    Err(RecvError::Lagged(dropped)) => Some(FeedEvent::Lagged(dropped)),
                    Err(RecvError::Closed) => None,
                },
            },
        }
    }

    /// Down; but first what had come in before.
    fn lost(&mut self) -> FeedEvent {
        self.told = State::Down;
        if self.messages.is_empty() {
            return FeedEvent::Down;
        }
        let last = self.batch(None);
        self.next.get_or_insert(FeedEvent::Down);
        last
    }

    /// The first message and those that wait behind it.
    fn batch(&mut self, first: Option<Message>) -> FeedEvent {
        let now = self.clock.now();
        let mut batch: Vec<_> = first
            .into_iter()
            .filter_map(|message| self.decode(message, now))
            .collect();
        while batch.len() < BATCH {
            match self.messages.try_recv() {
                Ok(message) => batch.extend(self.decode(message, now)),
                Err(TryRecvError::Lagged(dropped)) => {
                    self.next = Some(FeedEvent::Lagged(dropped));
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        FeedEvent::Messages(batch)
    }

    fn decode(&self, message: Message, now: Moment) -> Option<Inbound> {
        let channel = [Channel::Position, Channel::State]
            .into_iter()
            .find(|known| known.as_str() == message.channel)?;
        Some(wire::decode(
            channel,
            bytes_of(message.value)?,
            now,
            self.max_message_bytes,
        ))
    }
}

/// A payload without a copy. fred gives text where the bytes are UTF-8.
fn bytes_of(value: Value) -> Option<Bytes> {
    match value {
        Value::String(text) => Some(text.into_inner()),
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}
