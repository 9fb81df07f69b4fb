//! Expiry of vehicles' keys.

use std::time::Duration;

use deadpool_redis::redis::{Cmd, FromRedisValue as _, RedisResult, Value, cmd};
use domain::VehicleId;

use super::store::RedisLiveStore;

impl RedisLiveStore {
    /// Returns the commands that read the remaining lifetime of each vehicle's last update.
    pub(super) fn questions_of_expiry(&self, ids: &[VehicleId]) -> impl Iterator<Item = Cmd> {
        ids.iter().map(|id| {
            let mut left = cmd("PTTL");
            left.arg(self.style.last_update(*id));
            left
        })
    }

    /// Returns the remaining lifetime of a vehicle's keys, which is at most the configured one. If the last update is
    /// missing or does not expire, another program wrote the keys, and the full lifetime is assumed.
    pub(super) fn expires_in(&self, answer: RedisResult<Value>) -> Duration {
        let left = answer.ok().and_then(|value| i64::from_redis_value(value).ok());
        match left.and_then(|ms| u64::try_from(ms).ok()) {
            Some(ms) => Duration::from_millis(ms).min(self.ttl),
            None => self.ttl,
        }
    }
}
