//! Tests with real Redis servers, one per test.

mod announcements;
mod bridge_heartbeats;
mod bus;
mod circuit;
mod command_spans;
mod contracts;
mod dead_letters;
mod dependency;
mod failover;
mod late_answers;
mod leases;
mod live_store;
mod mismatch_log;
mod on_redis;
mod rate_limiter;
mod round_trips;
mod shards;
mod topologies;
mod wire_on_redis;

use std::{num::NonZero, sync::Arc, time::Duration};

use adapters_redis::{KeyStyle, Redis, RedisOptions};
use application::{Moment, ports::Clock};

/// Timeout of any operation.
const DEADLINE: Duration = Duration::from_secs(20);

/// Repeats a call until Redis is available again: after an outage, the circuit breaker lets calls pass within a second.
async fn once_available<T>(mut call: impl AsyncFnMut() -> application::Result<T>) -> T {
    let repeated = async {
        loop {
            match call().await {
                Ok(value) => return value,
                Err(error) => assert!(error.is_unavailable(), "{error:?}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, repeated)
        .await
        .expect("Redis should be available again")
}

fn redis_at(url: &str) -> Redis {
    redis_with(url, KeyStyle::Tagged)
}

fn redis_with(url: &str, key_style: KeyStyle) -> Redis {
    Redis::new(RedisOptions {
        key_style,
        ..options(url)
    })
    .expect("sound options")
}

fn redis_with_shards(url: &str, shards: u16) -> Redis {
    Redis::new(RedisOptions {
        channel_shards: NonZero::new(shards).expect("at least one"),
        ..options(url)
    })
    .expect("sound options")
}

fn options(url: &str) -> RedisOptions {
    RedisOptions {
        url: url.parse().expect("a URL"),
        pool_size: 4,
        key_style: KeyStyle::Tagged,
        channel_shards: NonZero::<u16>::MIN,
        key_ttl: Duration::from_secs(3_600),
    }
}

/// Clock that always returns noon.
struct Noon;

const NOON: Moment = Moment {
    unix_us: 1_732_363_200_000_000,
    uptime_us: 1_000_000,
};

impl Clock for Noon {
    fn now(&self) -> Moment {
        NOON
    }
}

fn noon() -> Arc<dyn Clock> {
    Arc::new(Noon)
}
