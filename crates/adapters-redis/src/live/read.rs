//! Reading what may have been written by others.

use std::collections::HashMap;

use application::Result;
use deadpool_redis::redis::{Cmd, RedisResult, Value, cmd};
use domain::VehicleId;

use super::{
    hash::{BrokenField, Fields},
    store::RedisLiveStore,
};
use crate::error::{is_wrong_type, unavailable};

impl RedisLiveStore {
    /// The hashes of several vehicles that are there and can be understood.
    pub(super) async fn read_hashes<T, const N: usize>(
        &self,
        ids: &[VehicleId],
        key: impl Fn(VehicleId) -> String,
        names: [&'static str; N],
        understand: impl Fn(&Fields<N>) -> Result<T, BrokenField>,
    ) -> Result<HashMap<VehicleId, T>> {
        let keys: Vec<_> = ids.iter().map(|id| key(*id)).collect();
        let answers = self
            .pool
            .each(keys.iter().map(|key| get(key, names)).collect())
            .await?;
        let mut found = HashMap::with_capacity(ids.len());
        for ((id, key), answer) in ids.iter().zip(&keys).zip(answers) {
            if let Some(value) = understood(key, names, answer, &understand)? {
                found.insert(*id, value);
            }
        }
        Ok(found)
    }
}

fn get<const N: usize>(key: &str, names: [&str; N]) -> Cmd {
    let mut command = cmd("HMGET");
    command.arg(key).arg(&names[..]);
    command
}

/// A hash's content. One that cannot be understood is logged and passed over.
fn understood<T, const N: usize>(
    key: &str,
    names: [&'static str; N],
    answer: RedisResult<Value>,
    understand: impl Fn(&Fields<N>) -> Result<T, BrokenField>,
) -> Result<Option<T>> {
    let value = match answer {
        Ok(value) => value,
        Err(error) if is_wrong_type(&error) => {
            tracing::warn!(key, "the key is no hash");
            return Ok(None);
        }
        Err(error) => return Err(unavailable(error)),
    };
    let content = Fields::read(names, value).and_then(|fields| fields.as_ref().map(understand).transpose());
    Ok(content.unwrap_or_else(|BrokenField { field, fault }| {
        tracing::warn!(key, field, fault, "the hash cannot be understood");
        None
    }))
}
