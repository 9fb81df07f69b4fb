//! Rate limits shared by all servers, in the keys `fleetwatch:limit:<bucket>`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use application::{
    Error, Result,
    ports::{Admission, Quota, RateLimiter},
};
use async_trait::async_trait;
use deadpool_redis::redis::from_redis_value;
use tokio::time::{Instant, timeout};

use crate::{
    error::from_redis,
    pool::CommandPool,
    script::{Call, LuaScript},
};

const PREFIX: &str = "fleetwatch:limit:";
/// Default timeout of a query to Redis. It is short because every limited request waits for the answer, even one that
/// does not otherwise need Redis.
const PATIENCE: Duration = Duration::from_millis(300);
/// Pause after a failed query, during which the fallback is used.
const PAUSE: Duration = Duration::from_secs(1);

/// Rate limiter that keeps its buckets in Redis. It uses the generic cell rate algorithm with the clock of Redis. While
/// Redis is unavailable, the fallback is used.
pub struct RedisRateLimiter {
    pool: CommandPool,
    take: LuaScript,
    fallback: Arc<dyn RateLimiter>,
    patience: Duration,
    began: Instant,
    /// Time at which Redis is queried again, in milliseconds since `began`; 0 while it answers.
    away_until: AtomicU64,
}

impl RedisRateLimiter {
    pub(crate) fn new(pool: CommandPool, fallback: Arc<dyn RateLimiter>) -> Self {
        Self {
            pool,
            take: LuaScript::new(include_str!("scripts/take.lua")),
            fallback,
            patience: PATIENCE,
            began: Instant::now(),
            away_until: AtomicU64::new(0),
        }
    }

    /// Sets the timeout of a query to Redis. The pool's own timeout, one second, remains in force.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Returns `true` if the caller should query Redis. While Redis is unavailable, one caller does so after each
    /// pause, and the others use the fallback.
    fn may_ask(&self) -> bool {
        // Relaxed suffices: the time guards no other data, and a stale value only costs a query or a fallback.
        let away_until = self.away_until.load(Relaxed);
        if away_until == 0 {
            return true;
        }
        // The caller whose exchange succeeds queries Redis; the exchange also postpones the next attempt.
        self.now() >= away_until
            && self
                .away_until
                .compare_exchange(away_until, self.after_a_pause(), Relaxed, Relaxed)
                .is_ok()
    }

    async fn ask(&self, bucket: &str, quota: Quota) -> Result<Admission> {
        let call = Call {
            keys: vec![format!("{PREFIX}{bucket}")],
            arguments: vec![
                interval_us(quota).to_string().into_bytes(),
                quota.burst.to_string().into_bytes(),
            ],
        };
        let calls = [call];
        let answers = timeout(self.patience, self.take.run(&self.pool, &calls))
            .await
            .map_err(|_| Error::no_answer("redis", self.patience))??;
        let answer = answers.into_iter().next().expect("every call has a reply");
        let (is_granted, number): (bool, u64) = from_redis_value(answer.map_err(from_redis)?)
            .map_err(|error| Error::unavailable("redis", error))?;
        Ok(if is_granted {
            Admission::Granted {
                remaining: u32::try_from(number).unwrap_or(u32::MAX),
            }
        } else {
            Admission::Denied {
                retry_after: Duration::from_micros(number),
            }
        })
    }

    fn answers(&self) {
        if self.away_until.swap(0, Relaxed) != 0 {
            tracing::info!("rate limits are shared by all servers again");
        }
    }

    fn is_away(&self, error: &Error) {
        if self.away_until.swap(self.after_a_pause(), Relaxed) == 0 {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "rate limits are not shared between servers while Redis is unavailable"
            );
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn after_a_pause(&self) -> u64 {
        let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX);
        self.now().saturating_add(pause)
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, bucket: &str, quota: Quota) -> Admission {
        if self.may_ask() {
            match self.ask(bucket, quota).await {
                Ok(admission) => {
                    self.answers();
                    return admission;
                }
                Err(error) => self.is_away(&error),
            }
        }
        self.fallback.take(bucket, quota).await
    }
}

/// Returns the time in microseconds after which one admission is available again, rounded down in the caller's favour.
fn interval_us(quota: Quota) -> u128 {
    (quota.period.as_micros() / u128::from(quota.burst.get())).max(1)
}
