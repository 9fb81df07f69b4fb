//! The bus while Redis becomes unavailable and available again.

use application::{
    ports::{FeedEvent, TelemetryBus},
    telemetry::{Content, Report},
};
use deadpool_redis::redis::{cmd, pipe};
use domain::{
    VehicleId,
    telemetry::{Percentage, Timestamp},
};
use futures::{FutureExt, StreamExt, stream::BoxStream};
use port_contracts::telemetry_bus::{a_feed, messages, next};
use test_stores::redis::RedisServer;

use crate::{noon, once_available, redis_at};

pub(crate) const MAX_BYTES: usize = 1024 * 1024;

#[tokio::test]
async fn a_lost_connection_is_reported_and_restored() {
    let mut server = RedisServer::start();
    let bus = redis_at(&server.url()).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = a_feed(&bus).await;
    bus.publish(&[a_report()]).await.expect("Redis is up");
    messages(&mut feed, 1).await;
    for _ in 0..3 {
        server.kill();
        assert!(matches!(next(&mut feed).await, FeedEvent::Down));
        assert!(
            bus.publish(&[a_report()])
                .await
                .is_err_and(|error| error.is_unavailable())
        );
        server.restart_empty();
        assert!(matches!(next(&mut feed).await, FeedEvent::Up));
        once_available(async || bus.publish(&[a_report()]).await).await;
        messages(&mut feed, 1).await;
    }
}

#[tokio::test]
async fn a_connection_closed_by_another_client_is_restored() {
    let server = RedisServer::start();
    let bus = redis_at(&server.url()).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = a_feed(&bus).await;
    let mut connection = server.connection().await;
    let closed: u64 = cmd("CLIENT")
        .arg(&["KILL", "TYPE", "pubsub"])
        .query_async(&mut connection)
        .await
        .expect("Redis is up");
    assert_eq!(closed, 1);
    assert!(matches!(next(&mut feed).await, FeedEvent::Down));
    assert!(matches!(next(&mut feed).await, FeedEvent::Up));
    bus.publish(&[a_report()]).await.expect("Redis is up");
    messages(&mut feed, 1).await;
}

#[tokio::test]
async fn revoked_subscriptions_are_noticed() {
    let server = RedisServer::start();
    let bus = redis_at(&server.url()).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = a_feed(&bus).await;
    let mut connection = server.connection().await;
    // Revoking the right to the channels closes the connections that subscribe to them.
    let take: Result<(), _> = cmd("ACL")
        .arg(&["SETUSER", "default", "resetchannels"])
        .query_async(&mut connection)
        .await;
    take.expect("a right");
    assert!(matches!(next(&mut feed).await, FeedEvent::Down));
    assert!(
        next(&mut feed).now_or_never().is_none(),
        "the feed is down until the right is granted"
    );
    let give: Result<(), _> = cmd("ACL")
        .arg(&["SETUSER", "default", "allchannels"])
        .query_async(&mut connection)
        .await;
    give.expect("a right");
    assert!(matches!(next(&mut feed).await, FeedEvent::Up));
    bus.publish(&[a_report()]).await.expect("Redis is up");
    messages(&mut feed, 1).await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_counts_as_lost() {
    let server = RedisServer::start();
    let bus = redis_at(&server.url()).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = a_feed(&bus).await;
    server.pause();
    assert!(matches!(next(&mut feed).await, FeedEvent::Down));
    server.resume();
    assert!(matches!(next(&mut feed).await, FeedEvent::Up));
    bus.publish(&[a_report()]).await.expect("Redis is up");
    messages(&mut feed, 1).await;
}

#[tokio::test]
async fn a_feed_that_starts_without_redis_is_up_when_redis_is() {
    let mut server = RedisServer::start();
    server.kill();
    let bus = redis_at(&server.url()).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = bus.subscribe();
    assert!(feed.next().now_or_never().is_none());
    server.restart_empty();
    assert!(matches!(next(&mut feed).await, FeedEvent::Up));
    bus.publish(&[a_report()]).await.expect("Redis is up");
    messages(&mut feed, 1).await;
}

#[tokio::test]
async fn dropping_a_feed_closes_its_connection() {
    let server = RedisServer::start();
    let bus = redis_at(&server.url()).telemetry_bus(noon(), MAX_BYTES);
    let feed = a_feed(&bus).await;
    assert_eq!(listeners(&server).await, 1);
    drop(feed);
    let gone = async {
        while listeners(&server).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::DEADLINE, gone)
        .await
        .expect("the connection should be closed");
}

#[tokio::test]
async fn no_message_is_lost_without_being_counted() {
    for threads in [0, 2] {
        let server = RedisServer::start();
        let bus = redis_at(&server.url())
            .telemetry_bus(noon(), MAX_BYTES)
            .with_decoder_threads(threads);
        let mut feed = a_feed(&bus).await;
        let mut connection = server.connection().await;
        let mut burst = pipe();
        for _ in 0..10_000 {
            burst.publish("vehicle:position:update", "{}").ignore();
        }
        for _ in 0..10 {
            burst.exec_async(&mut connection).await.expect("Redis is up");
        }
        assert_eq!(count(&mut feed, 100_000).await, 100_000, "{threads} threads");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_several_threads_decode_stay_in_the_order_of_their_vehicle() {
    const VEHICLES: usize = 7;
    const MESSAGES: usize = 2_100;
    let server = RedisServer::start();
    let bus = redis_at(&server.url())
        .telemetry_bus(noon(), MAX_BYTES)
        .with_decoder_threads(3);
    let mut feed = a_feed(&bus).await;
    let mut connection = server.connection().await;
    let mut burst = pipe();
    for number in 0..MESSAGES {
        let vehicle = number % VEHICLES;
        let message = format!(r#"{{"vehicleId":"{vehicle}","number":"{number:0150}"}}"#);
        burst.publish("vehicle:position:update", message).ignore();
    }
    burst.exec_async(&mut connection).await.expect("Redis is up");
    let mut of_vehicles = vec![Vec::new(); VEHICLES];
    for item in messages(&mut feed, MESSAGES)
        .await
        .into_iter()
        .flat_map(|message| message.items)
    {
        let text = String::from_utf8(item.source.to_vec()).expect("UTF-8");
        let vehicle: usize = text.split('"').nth(3).expect("an id").parse().expect("a number");
        of_vehicles[vehicle].push(text);
    }
    for texts in of_vehicles {
        assert!(
            texts.len() == MESSAGES / VEHICLES && texts.is_sorted(),
            "{texts:?}"
        );
    }
}

/// Counts received and dropped messages until there are `expected`.
async fn count(feed: &mut BoxStream<'static, FeedEvent>, expected: u64) -> u64 {
    let mut counted = 0;
    while counted < expected {
        counted += match next(feed).await {
            FeedEvent::Messages(messages) => messages.len() as u64,
            FeedEvent::Lagged(dropped) => dropped,
            other => panic!("neither messages nor a lag: {other:?}"),
        };
    }
    counted
}

async fn listeners(server: &RedisServer) -> usize {
    let clients: String = cmd("CLIENT")
        .arg(&["LIST", "TYPE", "pubsub"])
        .query_async(&mut server.connection().await)
        .await
        .expect("Redis is up");
    clients.lines().count()
}

pub(crate) fn a_report() -> Report {
    let level = Percentage::new(50.0).expect("a percentage");
    let content = Content::Battery {
        level,
        at: Timestamp::EPOCH,
    };
    Report {
        vehicle_id: VehicleId::from_uuid(uuid::Uuid::from_u128(1)),
        content,
        trace_parent: None,
    }
}
