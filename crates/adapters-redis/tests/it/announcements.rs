//! Announcements between servers that the log has grown, while Redis comes and goes.

use application::{ports::EventBus, registry::Sequence};
use deadpool_redis::redis::AsyncCommands as _;
use futures::{StreamExt as _, stream::BoxStream};
use test_stores::redis::RedisServer;

use crate::{DEADLINE, redis_at};

type Announcements = BoxStream<'static, Option<Sequence>>;

async fn next(heard: &mut Announcements) -> Option<Sequence> {
    let next = tokio::time::timeout(DEADLINE, heard.next()).await;
    next.expect("an announcement in time").expect("the bus goes on")
}

/// Returns a listener whose subscription stands.
async fn a_listener(bus: &dyn EventBus) -> Announcements {
    let mut heard = bus.listen();
    assert_eq!(
        next(&mut heard).await,
        None,
        "a new listener may have missed everything"
    );
    heard
}

#[tokio::test]
async fn every_server_receives_an_announcement() {
    let redis = RedisServer::start();
    let (one, other) = (
        redis_at(&redis.url()).event_bus(),
        redis_at(&redis.url()).event_bus(),
    );
    let mut listeners = [a_listener(&one).await, a_listener(&other).await];
    for number in [1, 7, u64::from(u32::MAX) + 1] {
        one.announce(Sequence::new(number)).await.expect("Redis is up");
        for heard in &mut listeners {
            assert_eq!(next(heard).await, Some(Sequence::new(number)));
        }
    }
}

#[tokio::test]
async fn a_listener_is_notified_of_a_possible_loss() {
    let mut redis = RedisServer::start();
    let bus = redis_at(&redis.url()).event_bus();
    let mut heard = a_listener(&bus).await;
    redis.kill();
    let lost = bus.announce(Sequence::new(1)).await;
    assert!(lost.is_err_and(|error| error.is_unavailable()));
    redis.restart_empty();
    assert_eq!(next(&mut heard).await, None);
    bus.announce(Sequence::new(2)).await.expect("Redis is up again");
    assert_eq!(next(&mut heard).await, Some(Sequence::new(2)));
}

#[tokio::test]
async fn an_invalid_announcement_counts_as_a_possible_loss() {
    let redis = RedisServer::start();
    let bus = redis_at(&redis.url()).event_bus();
    let mut heard = a_listener(&bus).await;
    let mut publisher = redis.connection().await;
    for nonsense in ["", "nonsense", "-1", "1.5", "99999999999999999999999"] {
        let listeners: u64 = publisher
            .publish("fleetwatch:events", nonsense)
            .await
            .expect("Redis is up");
        assert_eq!(listeners, 1);
        assert_eq!(next(&mut heard).await, None, "{nonsense:?}");
    }
}
