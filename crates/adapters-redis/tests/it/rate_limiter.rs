//! Rate limits shared by all servers while Redis is available.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use adapters_redis::{Redis, RedisRateLimiter};
use application::ports::{Admission, Quota, RateLimiter};
use async_trait::async_trait;
use deadpool_redis::redis::{AsyncCommands as _, cmd};
use port_contracts::rate_limiter as contract;
use test_stores::redis::RedisServer;

use crate::{DEADLINE, redis_at};

/// Timeout of queries in tests in which Redis does not answer.
const IMPATIENT: Duration = Duration::from_millis(50);
/// Bound that is shorter than the second after which a command to Redis times out.
const AT_ONCE: Duration = Duration::from_millis(900);

/// Limiter with its own Redis server.
struct Private {
    limiter: RedisRateLimiter,
    _server: RedisServer,
}

#[async_trait]
impl RateLimiter for Private {
    async fn take(&self, bucket: &str, quota: Quota) -> Admission {
        self.limiter.take(bucket, quota).await
    }
}

async fn private() -> Arc<dyn RateLimiter> {
    let server = RedisServer::start();
    Arc::new(Private {
        limiter: counting(&server),
        _server: server,
    })
}

port_contracts::rate_limiter_contract!(private);

/// Checks the limits on any kind of Redis.
pub(crate) async fn check_limits(redis: &Redis) {
    let limiter = redis.rate_limiter(Arc::new(Unused)).with_patience(DEADLINE);
    let limiter: Arc<dyn RateLimiter> = Arc::new(limiter);
    contract::a_burst_is_granted_and_then_denied(&limiter).await;
    contract::buckets_do_not_share(&limiter).await;
}

/// Fallback that must not be called, because Redis is available.
struct Unused;

#[async_trait]
impl RateLimiter for Unused {
    async fn take(&self, bucket: &str, _: Quota) -> Admission {
        panic!("{bucket} was to be counted by Redis");
    }
}

/// Fallback that counts its calls, and returns an answer that Redis would not give.
#[derive(Default)]
struct Fallback(AtomicUsize);

const FROM_THE_FALLBACK: Admission = Admission::Granted { remaining: 777 };

#[async_trait]
impl RateLimiter for Fallback {
    async fn take(&self, _: &str, _: Quota) -> Admission {
        self.0.fetch_add(1, SeqCst);
        FROM_THE_FALLBACK
    }
}

/// Returns a limiter that counts in Redis, no matter how slow this machine is.
fn counting(server: &RedisServer) -> RedisRateLimiter {
    let limiter = redis_at(&server.url()).rate_limiter(Arc::new(Unused));
    limiter.with_patience(DEADLINE)
}

fn impatient(server: &RedisServer, fallback: Arc<Fallback>) -> RedisRateLimiter {
    let limiter = redis_at(&server.url()).rate_limiter(fallback);
    limiter.with_patience(IMPATIENT)
}

fn quota(burst: u32, period: Duration) -> Quota {
    let burst = NonZeroU32::new(burst).expect("some");
    Quota { burst, period }
}

/// Returns a quota of four per hour.
fn a_few() -> Quota {
    quota(4, Duration::from_secs(3_600))
}

/// Calls the limiter until Redis counts again.
async fn until_redis_counts(limiter: &impl RateLimiter) {
    let back = async {
        while limiter.take("is it back?", a_few()).await == FROM_THE_FALLBACK {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(DEADLINE, back)
        .await
        .expect("Redis should be used again");
}

#[tokio::test]
async fn two_servers_share_a_bucket() {
    let server = RedisServer::start();
    let servers = [(); 2].map(|()| counting(&server));
    for (index, remaining) in [(0, 3), (1, 2), (1, 1), (0, 0)] {
        let admission = servers[index].take("shared", a_few()).await;
        assert_eq!(admission, Admission::Granted { remaining });
    }
    for server in &servers {
        let admission = server.take("shared", a_few()).await;
        assert!(matches!(admission, Admission::Denied { .. }), "{admission:?}");
    }
}

#[tokio::test]
async fn the_fallback_counts_while_redis_is_unavailable() {
    let mut server = RedisServer::start();
    let limiter = impatient(&server, Arc::default());
    assert_eq!(
        limiter.take("before", a_few()).await,
        Admission::Granted { remaining: 3 }
    );

    server.kill();
    let began = Instant::now();
    assert_eq!(limiter.take("before", a_few()).await, FROM_THE_FALLBACK);
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());

    server.restart_empty();
    until_redis_counts(&limiter).await;
}

#[tokio::test]
async fn the_fallback_counts_without_delay_while_redis_hangs() {
    let server = RedisServer::start();
    let fallback = Arc::new(Fallback::default());
    let limiter = impatient(&server, Arc::clone(&fallback));
    assert_eq!(
        limiter.take("before", a_few()).await,
        Admission::Granted { remaining: 3 }
    );

    server.pause();
    let began = Instant::now();
    assert_eq!(limiter.take("before", a_few()).await, FROM_THE_FALLBACK);
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
    for _ in 0..1_000 {
        assert_eq!(limiter.take("before", a_few()).await, FROM_THE_FALLBACK);
    }
    // Each of these calls would have had to wait if Redis had been queried.
    assert!(began.elapsed() < DEADLINE, "{:?}", began.elapsed());
    assert!(fallback.0.load(SeqCst) >= 1_001);

    server.resume();
    until_redis_counts(&limiter).await;
}

#[tokio::test]
async fn the_fallback_counts_before_redis_is_available() {
    let mut server = RedisServer::start();
    server.kill();
    let limiter = impatient(&server, Arc::default());
    let began = Instant::now();
    assert_eq!(limiter.take("bucket", a_few()).await, FROM_THE_FALLBACK);
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_bucket_is_one_key_that_expires() {
    let server = RedisServer::start();
    let limiter = counting(&server);
    limiter.take("login:address:10.0.0.1", a_few()).await;
    let mut connection = server.connection().await;
    let keys: Vec<String> = connection.keys("*").await.expect("keys");
    assert_eq!(keys, ["fleetwatch:limit:login:address:10.0.0.1"]);
    // One of four is available again after a quarter of the period.
    let ms: u64 = connection.pttl(&keys[0]).await.expect("a time to live");
    assert!((890_000..=900_000).contains(&ms), "{ms}");
}

#[tokio::test]
async fn the_script_is_sent_again_when_redis_has_lost_it() {
    let server = RedisServer::start();
    let limiter = counting(&server);
    let mut connection = server.connection().await;
    for remaining in [3, 2] {
        let admission = limiter.take("bucket", a_few()).await;
        assert_eq!(admission, Admission::Granted { remaining });
        let flushed = cmd("SCRIPT").arg("FLUSH").exec_async(&mut connection).await;
        flushed.expect("no scripts");
    }
}

#[tokio::test]
async fn foreign_values_in_a_bucket_are_tolerated() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let limiter = counting(&server);
    for nonsense in ["", "nonsense", "-1", "0", "nan", "-inf", "1e3", "0x10"] {
        let () = connection
            .set("fleetwatch:limit:bucket", nonsense)
            .await
            .expect("set");
        let admission = limiter.take("bucket", a_few()).await;
        assert_eq!(admission, Admission::Granted { remaining: 3 }, "{nonsense:?}");
    }
    // A time that is a century ahead delays a caller by one interval at most.
    for far in ["4900000000000000", "1e300", "inf"] {
        let () = connection.set("fleetwatch:limit:bucket", far).await.expect("set");
        let Admission::Denied { retry_after } = limiter.take("bucket", a_few()).await else {
            panic!("{far} is far ahead");
        };
        assert_eq!(retry_after, Duration::from_secs(900), "{far:?}");
    }
}

#[tokio::test]
async fn a_key_of_another_type_is_a_full_bucket_and_is_replaced() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let () = connection
        .rpush("fleetwatch:limit:bucket", 1)
        .await
        .expect("a list");
    let limiter = counting(&server);
    for remaining in [3, 2] {
        let admission = limiter.take("bucket", a_few()).await;
        assert_eq!(admission, Admission::Granted { remaining });
    }
}

#[tokio::test]
async fn times_keep_their_full_precision() {
    let server = RedisServer::start();
    let limiter = counting(&server);
    // Seven in ten hours do not divide evenly, and the time has 16 digits.
    let odd = quota(7, Duration::from_secs(36_000));
    limiter.take("bucket", odd).await;
    let mut connection = server.connection().await;
    let (seconds, micros): (u64, u64) = cmd("TIME").query_async(&mut connection).await.expect("a time");
    let full_at: u64 = connection
        .get("fleetwatch:limit:bucket")
        .await
        .expect("a whole number");
    let left = full_at - (seconds * 1_000_000 + micros);
    assert!((5_132_857_142..=5_142_857_142).contains(&left), "{left}");
}
