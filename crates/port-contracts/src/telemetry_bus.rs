//! The contract of `TelemetryBus`.
//!
//! `port_contracts::telemetry_bus_contract!(my_bus);` makes a test of each function below. The argument is an async function
//! without arguments that returns a bus.

use std::time::Duration;

use application::{
    ports::{FeedEvent, TelemetryBus},
    telemetry::{Channel, Content, Inbound, Report},
};
use domain::telemetry::{Percentage, Timestamp, VehiclePosition};
use futures::{StreamExt, stream::BoxStream};
use tokio::time::timeout;

use crate::live_stores::{a_position, a_state, a_vehicle_id, assert_same_position};

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Checks a bus against the whole contract, a test per sentence; `all_on` checks one subject in the current test.
#[macro_export]
macro_rules! telemetry_bus_contract {
    ($($subject:tt)+) => {
        $crate::contract! { telemetry_bus, $($subject)+ =>
            what_is_published_arrives_in_order
            every_subscriber_hears_everything
            publishing_nothing_is_no_message
        }
    };
}

pub async fn what_is_published_arrives_in_order(bus: &dyn TelemetryBus) {
    let mut feed = a_feed(bus).await;
    let id = a_vehicle_id();
    let report = |content| Report {
        vehicle_id: id,
        content,
        trace_parent: None,
    };
    let mut reports: Vec<_> = (1..501)
        .map(|ms| VehiclePosition {
            x: ms as f64 / 3.0,
            ..a_position(ms)
        })
        .map(|position| {
            report(Content::Position {
                position,
                speed: None,
            })
        })
        .collect();
    reports[7] = report(Content::Position {
        position: a_position(8),
        speed: Some(0.1 + 0.2),
    });
    bus.publish(&reports).await.expect("the bus is there");
    check_heard(&mut feed, Channel::Position, &reports).await;

    let traced = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        .parse()
        .expect("a traceparent");
    let level = Percentage::new(62.5).expect("a percentage");
    let states = [
        report(Content::State(a_state(1_000))),
        report(Content::Battery {
            level,
            at: Timestamp::from_unix_ms(1_001).expect("a time"),
        }),
        Report {
            trace_parent: Some(traced),
            ..report(Content::State(a_state(1_002)))
        },
    ];
    bus.publish(&states).await.expect("the bus is there");
    check_heard(&mut feed, Channel::State, &states).await;
}

pub async fn every_subscriber_hears_everything(bus: &dyn TelemetryBus) {
    let (mut first, mut second, third) = (a_feed(bus).await, a_feed(bus).await, a_feed(bus).await);
    drop(third);
    let content = Content::Position {
        position: a_position(1_000),
        speed: None,
    };
    let reports = [Report {
        vehicle_id: a_vehicle_id(),
        content,
        trace_parent: None,
    }];
    bus.publish(&reports).await.expect("the bus is there");
    check_heard(&mut first, Channel::Position, &reports).await;
    check_heard(&mut second, Channel::Position, &reports).await;
}

pub async fn publishing_nothing_is_no_message(bus: &dyn TelemetryBus) {
    let mut feed = a_feed(bus).await;
    bus.publish(&[]).await.expect("the bus is there");
    let reports = [Report {
        vehicle_id: a_vehicle_id(),
        content: Content::State(a_state(1_000)),
        trace_parent: None,
    }];
    bus.publish(&reports).await.expect("the bus is there");
    check_heard(&mut feed, Channel::State, &reports).await;
}

/// A feed that is up.
///
/// # Panics
/// When its first event is another.
pub async fn a_feed(bus: &dyn TelemetryBus) -> BoxStream<'static, FeedEvent> {
    let mut feed = bus.subscribe();
    match next(&mut feed).await {
        FeedEvent::Up => feed,
        other => panic!("the first event is Up, not {other:?}"),
    }
}

/// The next event of a feed.
///
/// # Panics
/// When none comes.
pub async fn next(feed: &mut BoxStream<'static, FeedEvent>) -> FeedEvent {
    timeout(DEADLINE, feed.next())
        .await
        .expect("an event in time")
        .expect("a feed does not end")
}

/// The next messages of a feed, as many as are asked for.
///
/// # Panics
/// When something else happens, or they don't come.
pub async fn messages(feed: &mut BoxStream<'static, FeedEvent>, count: usize) -> Vec<Inbound> {
    let mut all = Vec::new();
    while all.len() < count {
        match next(feed).await {
            FeedEvent::Messages(messages) => all.extend(messages),
            other => panic!("messages, not {other:?}"),
        }
    }
    all
}

async fn check_heard(feed: &mut BoxStream<'static, FeedEvent>, channel: Channel, expected: &[Report]) {
    let heard = messages(feed, expected.len()).await;
    assert!(heard.iter().all(|message| message.channel == channel));
    let items: Vec<_> = heard.into_iter().flat_map(|message| message.items).collect();
    assert_eq!(items.len(), expected.len());
    for (item, expected) in items.iter().zip(expected) {
        assert_same_report(
            item.report.as_ref().expect("what a bus publishes it understands"),
            expected,
        );
    }
}

fn assert_same_report(found: &Report, expected: &Report) {
    if let (
        Content::Position {
            position: found,
            speed: found_speed,
        },
        Content::Position {
            position: expected,
            speed,
        },
    ) = (&found.content, &expected.content)
    {
        assert_same_position(found, expected);
        assert_eq!(found_speed, speed);
    } else {
        assert_eq!(found.content, expected.content);
    }
    assert_eq!(
        (found.vehicle_id, found.trace_parent),
        (expected.vehicle_id, expected.trace_parent)
    );
}
