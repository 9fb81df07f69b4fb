//! The contract of `TelemetryBus`.
//!
//! `port_contracts::telemetry_bus_contract!(my_bus);` generates a test for each check below. The argument is an async
//! function without arguments that returns a bus.

use std::time::Duration;

use application::{
    ports::{Canary, FeedEvent, TelemetryBus},
    telemetry::{Channel, Content, Inbound, Report},
};
use domain::telemetry::{Percentage, Timestamp, VehiclePosition};
use futures::{StreamExt, stream::BoxStream};
use tokio::time::timeout;

use crate::live_stores::{a_position, a_state, a_vehicle_id, assert_same_position};

/// Time limit of an operation.
const DEADLINE: Duration = Duration::from_secs(20);

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! telemetry_bus_contract {
    ($($subject:tt)+) => {
        $crate::contract! { telemetry_bus, $($subject)+ =>
            published_reports_arrive_in_order
            every_subscriber_receives_all_reports
            publishing_no_reports_sends_no_message
            a_canary_arrives_once_by_every_route_among_the_messages
        }
    };
}

pub async fn published_reports_arrive_in_order(bus: &dyn TelemetryBus) {
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
    bus.publish(&reports).await.expect("the bus is available");
    check_received(&mut feed, Channel::Position, &reports).await;

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
    bus.publish(&states).await.expect("the bus is available");
    check_received(&mut feed, Channel::State, &states).await;
}

pub async fn every_subscriber_receives_all_reports(bus: &dyn TelemetryBus) {
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
    bus.publish(&reports).await.expect("the bus is available");
    check_received(&mut first, Channel::Position, &reports).await;
    check_received(&mut second, Channel::Position, &reports).await;
}

pub async fn publishing_no_reports_sends_no_message(bus: &dyn TelemetryBus) {
    let mut feed = a_feed(bus).await;
    bus.publish(&[]).await.expect("the bus is available");
    let reports = [Report {
        vehicle_id: a_vehicle_id(),
        content: Content::State(a_state(1_000)),
        trace_parent: None,
    }];
    bus.publish(&reports).await.expect("the bus is available");
    check_received(&mut feed, Channel::State, &reports).await;
}

pub async fn a_canary_arrives_once_by_every_route_among_the_messages(bus: &dyn TelemetryBus) {
    let (mut first, mut second) = (a_feed(bus).await, a_feed(bus).await);
    for number in [1, u64::MAX] {
        let routes = bus.release_canaries(number).await.expect("the bus is available");
        assert!(routes > 0, "messages reach the subscriber by at least one route");
        let expected: Vec<_> = (0..routes).map(|route| Canary { number, route }).collect();
        for feed in [&mut first, &mut second] {
            let mut arrived = Vec::new();
            while arrived.len() < expected.len() {
                match next(feed).await {
                    FeedEvent::Canary(canary) => arrived.push(canary),
                    other => panic!("a canary, not {other:?}"),
                }
            }
            arrived.sort();
            assert_eq!(arrived, expected);
        }
    }
    // Canaries are not messages: what arrives next is the report.
    let reports = [Report {
        vehicle_id: a_vehicle_id(),
        content: Content::State(a_state(1_000)),
        trace_parent: None,
    }];
    bus.publish(&reports).await.expect("the bus is available");
    check_received(&mut first, Channel::State, &reports).await;
    check_received(&mut second, Channel::State, &reports).await;
}

/// Subscribes to a feed and waits until it is up.
///
/// # Panics
/// Panics if the first event is not [`FeedEvent::Up`].
pub async fn a_feed(bus: &dyn TelemetryBus) -> BoxStream<'static, FeedEvent> {
    let mut feed = bus.subscribe();
    match next(&mut feed).await {
        FeedEvent::Up => feed,
        other => panic!("the first event is Up, not {other:?}"),
    }
}

/// Returns the next event of a feed.
///
/// # Panics
/// Panics if no event arrives in time.
pub async fn next(feed: &mut BoxStream<'static, FeedEvent>) -> FeedEvent {
    timeout(DEADLINE, feed.next())
        .await
        .expect("an event arrives in time")
        .expect("a feed does not end")
}

/// Returns the next `count` messages of a feed.
///
/// # Panics
/// Panics if an event of another kind arrives, or if the messages do not arrive in time.
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

async fn check_received(feed: &mut BoxStream<'static, FeedEvent>, channel: Channel, expected: &[Report]) {
    let received = messages(feed, expected.len()).await;
    assert!(received.iter().all(|message| message.channel == channel));
    let items: Vec<_> = received.into_iter().flat_map(|message| message.items).collect();
    assert_eq!(items.len(), expected.len());
    for (item, expected) in items.iter().zip(expected) {
        assert_same_report(
            item.report.as_ref().expect("a published report is parsed"),
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
