use std::collections::BTreeMap;

use application::{
    ports::FeedEvent::{Down, Lagged, Messages, Up},
    telemetry::Channel,
};
use fred::types::MessageKind;
use futures::FutureExt;
use proptest::{collection::vec, prelude::*};
use tokio::{runtime, sync::broadcast};

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
        rig.publish_text("fleetwatch:canary:x", format!("{number} 0"));
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

#[tokio::test]
async fn other_threads_decode_while_many_messages_wait() {
    let mut rig = Rig::with(1_000, 1_000, 2);
    rig.link.send_replace(State::Up);
    rig.publish_padded(1..=1_000);
    assert_eq!(rig.happened(1).await, ["up"]);
    let (mut numbers, mut events) = (Vec::<u32>::new(), 0);
    while numbers.len() < 1_000 {
        let event = rig.happened(1).await.remove(0);
        numbers.extend(
            event
                .split(' ')
                .map(|number| number.parse::<u32>().expect("a number")),
        );
        events += 1;
    }
    assert_eq!(numbers, (1..=1_000).collect::<Vec<_>>());
    assert!(events > 1, "the messages are divided into jobs");
    rig.publish(1_001..=1_001);
    assert_eq!(rig.happened(1).await, ["1001"]);
}

#[tokio::test]
async fn a_canary_passes_through_the_threads_that_decode() {
    let mut rig = Rig::with(1_001, 1_000, 2);
    rig.link.send_replace(State::Up);
    rig.publish_padded(1..=1_000);
    rig.publish_text("fleetwatch:canary:x", "7 0");
    assert_eq!(rig.happened(1).await, ["up"]);
    // It follows the first messages, which are being decoded, and precedes those that are waiting.
    let events = rig.happened(2).await;
    assert!(events[0].starts_with(&padded(1)));
    assert_eq!(events[1], "canary 7 by 0");
    let mut left = 1_000 - events[0].split(' ').count();
    assert!(left > 0);
    while left > 0 {
        left -= rig.happened(1).await[0].split(' ').count();
    }
}

#[tokio::test]
async fn messages_that_other_threads_decode_precede_the_report_of_a_loss() {
    let mut rig = Rig::with(1_000, 1_000, 2);
    rig.link.send_replace(State::Up);
    rig.publish_padded(1..=1_000);
    assert_eq!(rig.happened(1).await, ["up"]);
    let mut events = rig.happened(1).await;
    rig.link.send_replace(State::Down);
    while events.last().is_none_or(|event| event != "down") {
        events.extend(rig.happened(1).await);
    }
    events.pop();
    let numbers: Vec<_> = events.iter().flat_map(|event| event.split(' ')).collect();
    let expected: Vec<_> = (1..=1_000).map(padded).collect();
    assert_eq!(numbers, expected);
    assert!(rig.feed.next().now_or_never().is_none());
}

/// Vehicle of a message, and the number of its elements.
type Outline = (usize, usize);

/// Returns the sources of all parts that a feed with this number of threads delivers, by vehicle.
fn delivered(messages: &[Outline], threads: usize) -> BTreeMap<String, Vec<Bytes>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut rig = Rig::with(messages.len(), 1 << 20, threads);
        rig.link.send_replace(State::Up);
        let mut left = 0;
        for (number, (vehicle, elements)) in messages.iter().enumerate() {
            let filler = "x".repeat(60);
            let element = |part| {
                format!(r#"{{"vehicleId":"vehicle {vehicle}","part":"{number} {part}","filler":"{filler}"}}"#)
            };
            rig.publish_text(
                Channel::Position.as_str(),
                match elements {
                    1 => element(0),
                    elements => format!("[{}]", (0..*elements).map(element).collect::<Vec<_>>().join(",")),
                },
            );
            left += elements;
        }
        let mut delivered = BTreeMap::<_, Vec<_>>::new();
        while left > 0 {
            let messages = match rig.feed.next().await {
                Some(Messages(messages)) => messages,
                Some(Up) => continue,
                other => panic!("messages, not {other:?}"),
            };
            for source in messages
                .into_iter()
                .flat_map(|message| message.items)
                .map(|item| item.source)
            {
                let text = String::from_utf8_lossy(&source);
                let vehicle = text.split('"').nth(3).expect("a vehicle").to_owned();
                delivered.entry(vehicle).or_default().push(source);
                left -= 1;
            }
        }
        delivered
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_number_of_threads_delivers_the_messages_of_a_vehicle_in_the_same_order(
        messages in vec(
            (0..4_usize, prop_oneof![8 => Just(1_usize), 4 => Just(3), 2 => Just(300), 1 => Just(1_500)]),
            1..200,
        ),
        threads in 1..4_usize,
    ) {
        // The messages are too long to be printed.
        prop_assert!(delivered(&messages, threads) == delivered(&messages, 0));
    }
}

/// Returns a number in a text as long as an ordinary message.
fn padded(number: u32) -> String {
    format!("{number:0200}")
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
        Self::with(capacity, 1_000, 0)
    }

    fn with(capacity: usize, max_message_bytes: usize, threads: usize) -> Self {
        let (connections, inbox) = Inbox::new();
        let (messages, _) = broadcast::channel(1);
        let (link, state) = watch::channel(State::Trying);
        let keeper = AbortOnDropHandle::new(tokio::spawn(std::future::pending()));
        let feed = Feed::new(
            inbox,
            state,
            keeper,
            Arc::new(Midnight),
            max_message_bytes,
            threads,
        );
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

    fn publish_padded(&self, numbers: std::ops::RangeInclusive<u32>) {
        numbers.for_each(|number| self.publish_text(Channel::State.as_str(), padded(number)));
    }

    fn publish_on(&self, channel: &str, number: u32) {
        self.publish_text(channel, number.to_string());
    }

    fn publish_text(&self, channel: &str, text: impl Into<Value>) {
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
