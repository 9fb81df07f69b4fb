//! Leases that servers share, in the keys `fleetwatch:lease:<name>`.

use std::time::Duration;

use application::{
    Result,
    ports::{LeaseHolder, Leases},
};
use async_trait::async_trait;
use deadpool_redis::redis::Value;

use crate::{
    error::from_redis,
    pool::CommandPool,
    script::{Call, LuaScript},
};

const PREFIX: &str = "fleetwatch:lease:";

/// Leases in Redis. A key contains the holder of a lease, and expires with it.
pub struct RedisLeases {
    pool: CommandPool,
    acquire: LuaScript,
    release: LuaScript,
}

impl RedisLeases {
    pub(crate) fn new(pool: CommandPool) -> Self {
        Self {
            pool,
            acquire: LuaScript::new(include_str!("scripts/acquire_lease.lua")),
            release: LuaScript::new(include_str!("scripts/release_lease.lua")),
        }
    }
}

#[async_trait]
impl Leases for RedisLeases {
    async fn acquire(&self, holder: &LeaseHolder, names: &[String], duration: Duration) -> Result<Vec<bool>> {
        let duration_ms = duration.as_millis().max(1).to_string();
        let call = |name: &String| Call {
            keys: vec![format!("{PREFIX}{name}")],
            arguments: vec![
                holder.as_str().as_bytes().to_vec(),
                duration_ms.clone().into_bytes(),
            ],
        };
        let calls: Vec<_> = names.iter().map(call).collect();
        let answers = self.acquire.run(&self.pool, &calls).await?;
        answers
            .into_iter()
            .map(|answer| Ok(answer.map_err(from_redis)? == Value::Int(1)))
            .collect()
    }

    async fn release(&self, holder: &LeaseHolder, name: &str) -> Result<()> {
        let call = Call {
            keys: vec![format!("{PREFIX}{name}")],
            arguments: vec![holder.as_str().as_bytes().to_vec()],
        };
        let answers = self.release.run(&self.pool, &[call]).await?;
        answers
            .into_iter()
            .try_for_each(|answer| answer.map(drop))
            .map_err(from_redis)
    }
}
