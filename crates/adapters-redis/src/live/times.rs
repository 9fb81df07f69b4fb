//! How old the keys of vehicles are, and how long they stay.

use std::time::Duration;

use application::{Result, ports::KeyTimes};
use deadpool_redis::redis::{Cmd, FromRedisValue as _, RedisResult, Value, cmd};
use domain::{VehicleId, telemetry::Timestamp};

use super::store::RedisLiveStore;
use crate::error::{is_wrong_type, unavailable};

impl RedisLiveStore {
    pub(super) async fn times_of(&self, ids: &[VehicleId]) -> Result<Vec<KeyTimes>> {
        let field = |key: String, name: &str| {
            let mut get = cmd("HGET");
            get.arg(key).arg(name);
            get
        };
        let questions = ids.iter().flat_map(|id| {
            let mut last_update = cmd("GET");
            last_update.arg(self.style.last_update(*id));
            [
                field(self.style.position(*id), "timestamp"),
                field(self.style.state(*id), "lastUpdateTime"),
                last_update,
            ]
        });
        let mut answers = self.pool.each(questions.collect()).await?.into_iter();
        let mut times = Vec::with_capacity(ids.len());
        while let (Some(position), Some(state), Some(last_update)) =
            (answers.next(), answers.next(), answers.next())
        {
            times.push(KeyTimes {
                position: time(position)?,
                state: time(state)?,
                last_update: time(last_update)?,
            });
        }
        Ok(times)
    }

    /// The questions how long each vehicle's keys stay.
    pub(super) fn questions_of_expiry(&self, ids: &[VehicleId]) -> impl Iterator<Item = Cmd> {
        ids.iter().map(|id| {
            let mut left = cmd("PTTL");
            left.arg(self.style.last_update(*id));
            left
        })
    }

    /// The remaining time by the answer. A key that does not expire, or is missing beside the others, was written by
    /// another program: the vehicle counts as heard now.
    pub(super) fn expires_in(&self, answer: RedisResult<Value>) -> Duration {
        let left = answer.ok().and_then(|value| i64::from_redis_value(value).ok());
        match left.and_then(|ms| u64::try_from(ms).ok()) {
            Some(ms) => Duration::from_millis(ms).min(self.ttl),
            None => self.ttl,
        }
    }
}

/// A time as it is written in a key; one that can't be understood is as good as none.
fn time(answer: RedisResult<Value>) -> Result<Option<Timestamp>> {
    let text = match answer {
        Ok(value) => Option::<Vec<u8>>::from_redis_value(value).ok().flatten(),
        Err(error) if is_wrong_type(&error) => None,
        Err(error) => return Err(unavailable(error)),
    };
    Ok(text.and_then(|text| {
        let ms = std::str::from_utf8(&text).ok()?.parse().ok()?;
        Timestamp::from_unix_ms(ms).ok()
    }))
}
