//! Announcements that the log has grown, while Redis becomes unavailable and available again.

use adapters_redis::RedisEventBus;
use application::{ports::EventBus, registry::Sequence};
use deadpool_redis::redis::AsyncCommands as _;
use futures::{StreamExt as _, stream::BoxStream};
use port_contracts::event_bus::Servers;
use test_stores::redis::RedisServer;

use crate::{DEADLINE, once_available, redis_at};

type Announcements = BoxStream<'static, Option<Sequence>>;

async fn next(announcements: &mut Announcements) -> Option<Sequence> {
    let next = tokio::time::timeout(DEADLINE, announcements.next()).await;
    next.expect("an announcement in time").expect("the bus goes on")
}

/// Returns a listener whose subscription is confirmed.
async fn a_listener(bus: &dyn EventBus) -> Announcements {
    let mut announcements = bus.listen();
    assert_eq!(
        next(&mut announcements).await,
        None,
        "a new listener may have missed everything"
    );
    announcements
}

struct OnRedis {
    one: RedisEventBus,
    other: RedisEventBus,
    /// The server, which stops when it is dropped.
    _redis: RedisServer,
}

impl OnRedis {
    async fn start() -> Self {
        let redis = RedisServer::start();
        Self {
            one: redis_at(&redis.url()).event_bus(),
            other: redis_at(&redis.url()).event_bus(),
            _redis: redis,
        }
    }
}

impl Servers for OnRedis {
    fn one(&self) -> &dyn EventBus {
        &self.one
    }

    fn other(&self) -> &dyn EventBus {
        &self.other
    }
}

port_contracts::event_bus_contract!(OnRedis::start);

#[tokio::test]
async fn a_listener_is_notified_of_a_possible_loss() {
    let mut redis = RedisServer::start();
    let bus = redis_at(&redis.url()).event_bus();
    let mut announcements = a_listener(&bus).await;
    redis.kill();
    let lost = bus.announce(Sequence::new(1)).await;
    assert!(lost.is_err_and(|error| error.is_unavailable()));
    redis.restart_empty();
    assert_eq!(next(&mut announcements).await, None);
    once_available(async || bus.announce(Sequence::new(2)).await).await;
    assert_eq!(next(&mut announcements).await, Some(Sequence::new(2)));
}

#[tokio::test]
async fn an_invalid_announcement_counts_as_a_possible_loss() {
    let redis = RedisServer::start();
    let bus = redis_at(&redis.url()).event_bus();
    let mut announcements = a_listener(&bus).await;
    let mut publisher = redis.connection().await;
    for nonsense in ["", "nonsense", "-1", "1.5", "99999999999999999999999"] {
        let listeners: u64 = publisher
            .publish("fleetwatch:events", nonsense)
            .await
            .expect("Redis is up");
        assert_eq!(listeners, 1);
        assert_eq!(next(&mut announcements).await, None, "{nonsense:?}");
    }
}
