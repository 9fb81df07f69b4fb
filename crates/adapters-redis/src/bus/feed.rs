//! The stream of events of one subscriber.

use std::{collections::VecDeque, sync::Arc};

use application::{
    Moment,
    ports::{Canary, Clock, FeedEvent},
};
use bytes::Bytes;
use fred::types::{Message, Value};
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::{
    backlog::Backlog,
    canaries, channels,
    inbox::{Dropped, Inbox},
    subscription::State,
};
use crate::wire;

/// Maximum number of messages moved to the backlog before some of it is decoded.
const AT_ONCE: usize = 4_096;
/// Maximum number of canaries that wait for the subscriber; further ones are dropped.
const WAITING_CANARIES: usize = 64;

pub(super) struct Feed {
    messages: Inbox,
    link: watch::Receiver<State>,
    /// State that was last reported to the subscriber; [`State::Trying`] before the first report.
    reported: State,
    /// Whether a subscription was lost and the loss is still to be reported, after the messages received before it.
    is_lost: bool,
    backlog: Backlog,
    /// Number of dropped messages not yet reported.
    dropped: u64,
    /// Canaries that have arrived. They do not pass through the backlog, whose lanes share the time by vehicle.
    canaries: VecDeque<Canary>,
    clock: Arc<dyn Clock>,
    max_message_bytes: usize,
    /// Closes the connections when the feed is dropped.
    _keeper: AbortOnDropHandle<()>,
}

impl Feed {
    pub(super) fn new(
        messages: Inbox,
        link: watch::Receiver<State>,
        keeper: AbortOnDropHandle<()>,
        clock: Arc<dyn Clock>,
        max_message_bytes: usize,
    ) -> Self {
        Self {
            messages,
            link,
            reported: State::Trying,
            is_lost: false,
            backlog: Backlog::new(max_message_bytes),
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
            if self.dropped > 0 {
                return Some(FeedEvent::Lagged(std::mem::take(&mut self.dropped)));
            }
            if let Some(canary) = self.canaries.pop_front() {
                return Some(FeedEvent::Canary(canary));
            }
            let understood = self.backlog.take();
            if !understood.is_empty() {
                return Some(FeedEvent::Messages(understood));
            }
            if self.is_lost && self.backlog.is_empty() {
                (self.reported, self.is_lost) = (State::Down, false);
                return Some(FeedEvent::Down);
            }
            // After a loss only the timer of `wait` can be enabled, and it is, because the backlog is not empty here.
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

    /// Waits for a change of the state, a message, or the end of a pause. Cancel-safe, because all branches are.
    async fn wait(&mut self) -> Option<()> {
        let rest = self.backlog.rest();
        tokio::select! {
            biased;
            changed = self.link.changed(), if !self.is_lost => {
                changed.ok()?;
                if self.reported == State::Up {
                    // Messages received before the loss are returned first, except those of heavy lanes, which would
                    // delay the report of the loss.
                    self.collect(usize::MAX);
                    self.dropped += self.backlog.drop_heavy();
                    self.is_lost = true;
                }
            }
            message = self.messages.receive(), if !self.is_lost => match message? {
                Ok(message) => self.keep(message, self.clock.now()),
                Err(Dropped(dropped)) => self.dropped += dropped,
            },
            () = tokio::time::sleep(rest.unwrap_or_default()), if rest.is_some() => {}
        }
        Some(())
    }

    /// Moves at most `limit` of the messages that have arrived to the backlog.
    fn collect(&mut self, limit: usize) {
        let now = self.clock.now();
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
            self.dropped += self.backlog.push(message);
        }
    }
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
mod tests {
    use application::{
        ports::{
            Canary,
            FeedEvent::{self, Down, Lagged, Messages, Up},
        },
        telemetry::{Channel, Inbound},
    };
    use fred::types::MessageKind;
    use futures::FutureExt;
    use tokio::sync::broadcast;

    use super::*;
    use crate::bus::inbox::Connections;

    #[tokio::test]
    async fn messages_arrive_in_order_and_waiting_ones_in_one_event() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        rig.publish(1..=3);
        assert_eq!(rig.happened(2).await, ["up", "1 2 3"]);
        rig.publish(4..=4);
        assert_eq!(rig.happened(1).await, ["4"]);
    }

    #[tokio::test]
    async fn the_first_event_is_up_or_down() {
        let mut rig = Rig::new(8);
        rig.publish(1..=1);
        assert!(rig.feed.next().now_or_never().is_none());
        rig.link.send_replace(State::Up);
        assert_eq!(rig.happened(2).await, ["up", "1"]);
    }

    #[tokio::test]
    async fn messages_received_before_a_loss_precede_its_report() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        assert_eq!(rig.happened(1).await, ["up"]);
        rig.publish(1..=2);
        rig.link.send_replace(State::Down);
        assert_eq!(rig.happened(2).await, ["1 2", "down"]);
        assert!(rig.feed.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn while_a_subscription_is_missing_the_others_deliver() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        rig.link.send_replace(State::Down);
        assert_eq!(rig.happened(1).await, ["down"]);
        rig.publish(1..=1);
        assert_eq!(rig.happened(1).await, ["1"]);
        rig.link.send_replace(State::Up);
        rig.publish(2..=2);
        assert_eq!(rig.happened(2).await, ["up", "2"]);
    }

    #[tokio::test]
    async fn connections_may_be_added_and_may_end() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        rig.publish(1..=1);
        let other = rig.connect(8);
        rig.publish_on(Channel::State.as_str(), 2);
        let first = std::mem::replace(&mut rig.messages, other);
        rig.publish_on("vehicle:state:update:7", 3);
        drop(first);
        assert_eq!(rig.happened(2).await, ["up", "1 3 2"]);
        rig.publish(4..=4);
        assert_eq!(rig.happened(1).await, ["4"]);
    }

    #[tokio::test]
    async fn a_loss_that_ends_before_the_next_event_is_still_reported() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        assert_eq!(rig.happened(1).await, ["up"]);
        rig.link.send_replace(State::Down);
        rig.link.send_replace(State::Up);
        rig.publish(1..=1);
        assert_eq!(rig.happened(3).await, ["1", "down", "up"]);
    }

    #[tokio::test]
    async fn dropped_messages_are_counted() {
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
    async fn messages_on_other_channels_are_ignored() {
        let mut rig = Rig::new(8);
        rig.link.send_replace(State::Up);
        rig.publish_on("vehicle:colour:update", 1);
        rig.publish(2..=2);
        assert_eq!(rig.happened(2).await, ["up", "2"]);
    }

    #[tokio::test]
    async fn canaries_overtake_messages_and_are_bounded() {
        let mut rig = Rig::new(512);
        rig.link.send_replace(State::Up);
        rig.publish(1..=2);
        rig.publish_text("fleetwatch:canary:x", "7 0");
        rig.publish_text("fleetwatch:canary:x", "no canary");
        rig.publish_text("fleetwatch:canary:x:{vehicle:state:update:0}", "7 1");
        let expected = ["up", "canary 7 by 0", "canary 7 by 1", "1 2"];
        assert_eq!(rig.happened(4).await, expected);
        for number in 0..2 * WAITING_CANARIES {
            rig.publish_text("fleetwatch:canary:x", &format!("{number} 0"));
        }
        rig.publish(3..=3);
        let happened = rig.happened(WAITING_CANARIES + 1).await;
        assert_eq!(happened.last().map(String::as_str), Some("3"));
    }

    #[tokio::test]
    async fn a_feed_ends_when_its_connection_is_dropped() {
        let Rig {
            mut feed,
            messages,
            connections,
            link,
        } = Rig::new(8);
        drop((messages, connections, link));
        assert!(feed.next().await.is_none());
    }

    struct Rig {
        feed: BoxStream<'static, FeedEvent>,
        messages: broadcast::Sender<Message>,
        connections: Connections,
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
            let (connections, inbox) = Inbox::new();
            let (messages, _) = broadcast::channel(1);
            let (link, state) = watch::channel(State::Trying);
            let keeper = AbortOnDropHandle::new(tokio::spawn(std::future::pending()));
            let feed = Feed::new(inbox, state, keeper, Arc::new(Midnight), 1_000);
            let mut rig = Self {
                feed: feed.into_stream(),
                messages,
                connections,
                link,
            };
            rig.messages = rig.connect(capacity);
            rig
        }

        fn connect(&self, capacity: usize) -> broadcast::Sender<Message> {
            let (messages, receiver) = broadcast::channel(capacity);
            self.connections.try_send(receiver).expect("there is room");
            messages
        }

        fn publish(&self, numbers: std::ops::RangeInclusive<u32>) {
            numbers.for_each(|number| self.publish_on(Channel::State.as_str(), number));
        }

        fn publish_on(&self, channel: &str, number: u32) {
            self.publish_text(channel, &number.to_string());
        }

        fn publish_text(&self, channel: &str, text: &str) {
            let message = Message {
                channel: channel.into(),
                value: text.into(),
                kind: MessageKind::Message,
                server: ("127.0.0.1", 6379).into(),
            };
            self.messages.send(message).expect("the feed subscribes");
        }

        async fn happened(&mut self, events: usize) -> Vec<String> {
            let source =
                |message: &Inbound| String::from_utf8(message.items[0].source.to_vec()).expect("a number");
            let text = |event| match event {
                Up => "up".to_owned(),
                Down => "down".to_owned(),
                Lagged(dropped) => format!("{dropped} dropped"),
                FeedEvent::Canary(Canary { number, route }) => format!("canary {number} by {route}"),
                Messages(messages) => messages.iter().map(source).collect::<Vec<_>>().join(" "),
            };
            self.feed.by_ref().take(events).map(text).collect().await
        }
    }
}
