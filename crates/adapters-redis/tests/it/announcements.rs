//! How servers tell each other that the log has grown, when Redis comes and goes.

use application::{ports::EventBus, registry::Sequence};
use deadpool_redis::redis::AsyncCommands as _;
use futures::{StreamExt as _, stream::BoxStream};
use test_stores::redis::RedisServer;

use crate::{DEADLINE, redis_at};

type Announcements = BoxStream<'static, Option<Sequence>>;

async fn next(heard: &mut Announcements) -> Option<Sequence> {
    let next = tokio::time::timeout(DEADLINE, heard.next()).await;
    next.expect("something is heard in time")
        .expect("the bus goes on")
}

/// A listener whose subscription stands.
async fn a_listener(bus: &dyn EventBus) -> Announcements {
    let mut heard = bus.listen();
    assert_eq!(
        next(&mut heard).await,
        None,
        "who begins may have missed everything"
    );
    heard
}

#[tokio::test]
async fn what_one_server_announces_all_hear() {
    let redis = RedisServer::start();
    let (one, other) = (
        redis_at(&redis.url()).event_bus(),
        redis_at(&redis.url()).event_bus(),
    );
    let mut listeners = [a_listener(&one).await, a_listener(&other).await];
    for number in [1, 7, u64::from(u32::MAX) + 1] {
        one.announce(Sequence::new(number)).await.expect("it is there");
        for heard in &mut listeners {
            assert_eq!(next(heard).await, Some(Sequence::new(number)));
        }
    }
}

#[tokio::test]
async fn who_may_have_missed_something_is_told_so() {
    let mut redis = RedisServer::start();
    let bus = redis_at(&redis.url()).event_bus();
    let mut heard = a_listener(&bus).await;
    redis.kill();
    let lost = bus.announce(Sequence::new(1)).await;
    assert!(lost.is_err_and(|error| error.is_unavailable()));
    redis.restart_empty();
    assert_eq!(next(&mut heard).await, None);
    bus.announce(Sequence::new(2)).await.expect("it is there again");
    assert_eq!(next(&mut heard).await, Some(Sequence::new(2)));
}

#[tokio::test]
async fn what_cannot_be_understood_asks_for_a_look() {
    let redis = RedisServer::start();
    let bus = redis_at(&redis.url()).event_bus();
    let mut heard = a_listener(&bus).await;
    let mut somebody = redis.connection().await;
    for nonsense in ["", "nonsense", "-1", "1.5", "99999999999999999999999"] {
        let listeners: u64 = somebody
            .publish("fleetwatch:events", nonsense)
            .await
            .expect("it is there");
        assert_eq!(listeners, 1);
        assert_eq!(next(&mut heard).await, None, "{nonsense:?}");
    }
}
