//! What a subscriber gets.

use std::{collections::VecDeque, sync::Arc};

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
    next: VecDeque<FeedEvent>,
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
            told: State::Trying,
            next: VecDeque::new(),
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
        while self.next.is_empty() {
            self.look().await?;
        }
        self.next.pop_front()
    }

    /// Waits for something to happen, and takes it down.
    async fn look(&mut self) -> Option<()> {
        match self.told {
            State::Trying => {
                let found = *self.link.wait_for(|state| *state != State::Trying).await.ok()?;
                self.tell(found);
            }
            State::Down => {
                self.link.wait_for(|state| *state == State::Up).await.ok()?;
                self.tell(State::Up);
            }
            State::Up => tokio::select! {
                biased;
                changed = self.link.changed() => {
                    changed.ok()?;
                    // What had come in before the loss comes first.
                    while !self.messages.is_empty() {
                        self.drain(None);
                    }
                    self.tell(State::Down);
                }
                message = self.messages.recv() => match message {
                    Ok(message) => self.drain(Some(message)),
                    Err(RecvError::Lagged(dropped)) => self.next.push_back(FeedEvent::Lagged(dropped)),
                    Err(RecvError::Closed) => return None,
                },
            },
        }
        Some(())
    }

    fn tell(&mut self, state: State) {
        self.told = state;
        self.next.extend(match state {
            State::Trying => None,
            State::Up => Some(FeedEvent::Up),
            State::Down => Some(FeedEvent::Down),
        });
    }

    /// Takes down the first message and those that wait behind it, as one event.
    fn drain(&mut self, first: Option<Message>) {
        let now = self.clock.now();
        let mut batch: Vec<_> = first
            .into_iter()
            .filter_map(|message| self.decode(message, now))
            .collect();
        let mut lag = None;
        while batch.len() < BATCH && lag.is_none() {
            match self.messages.try_recv() {
                Ok(message) => batch.extend(self.decode(message, now)),
                Err(TryRecvError::Lagged(dropped)) => lag = Some(FeedEvent::Lagged(dropped)),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        self.next
            .extend((!batch.is_empty()).then_some(FeedEvent::Messages(batch)));
        self.next.extend(lag);
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

#[cfg(test)]
mod tests {
    use application::ports::FeedEvent::{Down, Lagged, Messages, Up};
    use fred::types::MessageKind;
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn messages_come_in_order_and_as_many_at_once_as_there_are() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        rig.publish(1..=3);
        assert_eq!(rig.happened(2).await, ["up", "1 2 3"]);
        rig.publish(4..=4);
        assert_eq!(rig.happened(1).await, ["4"]);
    }

    #[tokio::test]
    async fn a_feed_that_is_not_up_says_nothing() {
        let mut rig = Rig::new(8);
        rig.publish(1..=1);
        assert!(rig.feed.next().now_or_never().is_none());
        rig.link.send_replace(State::Up);
        assert_eq!(rig.happened(2).await, ["up", "1"]);
    }

    #[tokio::test]
    async fn what_came_in_before_a_loss_is_told_before_it() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        assert_eq!(rig.happened(1).await, ["up"]);
        rig.publish(1..=2);
        rig.link.send_replace(State::Down);
        assert_eq!(rig.happened(2).await, ["1 2", "down"]);
        rig.publish(3..=3);
        assert!(rig.feed.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_loss_that_is_over_before_anybody_looks_is_told() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        assert_eq!(rig.happened(1).await, ["up"]);
        rig.link.send_replace(State::Down);
        rig.link.send_replace(State::Up);
        rig.publish(1..=1);
        assert_eq!(rig.happened(3).await, ["1", "down", "up"]);
    }

    #[tokio::test]
    async fn what_was_dropped_is_counted() {
        let mut rig = Rig::new(4);
        rig.link.send_replace(State::Up);
        assert_eq!(rig.happened(1).await, ["up"]);
        rig.publish(1..=9);
        assert_eq!(rig.happened(2).await, ["5 dropped", "6 7 8 9"]);
        rig.publish(10..=19);
        rig.link.send_replace(State::Down);
        assert_eq!(rig.happened(3).await, ["6 dropped", "16 17 18 19", "down"]);
    }

    #[tokio::test]
    async fn other_channels_are_none_of_its_business() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        rig.publish_on("vehicle:colour:update", 1);
        rig.publish(2..=2);
        assert_eq!(rig.happened(2).await, ["up", "2"]);
    }

    #[tokio::test]
    async fn a_feed_ends_when_nobody_keeps_its_connection() {
        let Rig {
            mut feed,
            messages,
            link,
        } = Rig::new(8);
        drop((messages, link));
        assert!(feed.next().await.is_none());
    }

    struct Rig {
        feed: BoxStream<'static, FeedEvent>,
        messages: broadcast::Sender<Message>,
        link: watch::Sender<State>,
    }

    struct Midnight;

    impl Clock for Midnight {
        fn now(&self) -> Moment {
            Moment {
                unix_us: 0,
                uptime_us: 0,
            }
        }
    }

    impl Rig {
        fn new(capacity: usize) -> Self {
            let (messages, receiver) = broadcast::channel(capacity);
            let (link, state) = watch::channel(State::Trying);
            let keeper = AbortOnDropHandle::new(tokio::spawn(std::future::pending()));
            let feed = Feed::new(receiver, state, keeper, Arc::new(Midnight), 1_000);
            Self {
                feed: feed.into_stream(),
                messages,
                link,
            }
        }

        fn publish(&self, numbers: std::ops::RangeInclusive<u32>) {
            numbers.for_each(|number| self.publish_on(Channel::State.as_str(), number));
        }

        fn publish_on(&self, channel: &str, number: u32) {
            let message = Message {
                channel: channel.into(),
                value: number.to_string().into(),
                kind: MessageKind::Message,
                server: ("127.0.0.1", 6379).into(),
            };
            self.messages.send(message).expect("somebody listens");
        }

        async fn happened(&mut self, events: usize) -> Vec<String> {
            let source =
                |message: &Inbound| String::from_utf8(message.items[0].source.to_vec()).expect("a number");
            let text = |event| match event {
                Up => "up".to_owned(),
                Down => "down".to_owned(),
                Lagged(dropped) => format!("{dropped} dropped"),
                Messages(messages) => messages.iter().map(source).collect::<Vec<_>>().join(" "),
            };
            self.feed.by_ref().take(events).map(text).collect().await
        }
    }
}
