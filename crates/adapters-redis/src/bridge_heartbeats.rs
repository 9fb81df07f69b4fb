//! Heartbeats of bridges, in the keys `fleetwatch:bridge:<name>`.

use std::{collections::BTreeSet, time::Duration};

use application::{
    Result,
    ports::{BridgeHeartbeats, MAX_BRIDGES, MAX_HEARTBEAT_BYTES, StoredHeartbeat, StoredHeartbeats},
};
use async_trait::async_trait;
use deadpool_redis::redis::{RedisResult, Value, cmd};
use tokio::time::Instant;

use crate::{
    error::{from_redis, is_wrong_type},
    pool::CommandPool,
};

const PREFIX: &str = "fleetwatch:bridge:";

/// Number of keys that Redis examines per command, in less than a millisecond.
const KEYS_AT_ONCE: usize = 2_000;

/// Time after which the search for keys stops even if it is not complete.
const SEARCH: Duration = Duration::from_millis(600);

/// Heartbeats in Redis, written by bridges. There is no index of them, so a read searches all keys of the database, for
/// up to 0.6 s.
pub struct RedisBridgeHeartbeats {
    pool: CommandPool,
}

/// Keys found by a search.
#[derive(Default)]
struct Found {
    keys: BTreeSet<Vec<u8>>,
    is_cut: bool,
}

impl RedisBridgeHeartbeats {
    pub(crate) const fn new(pool: CommandPool) -> Self {
        Self { pool }
    }

    /// Searches all masters for the keys of heartbeats.
    async fn search(&self) -> Result<Found> {
        let began = Instant::now();
        let mut found = Found::default();
        for master in self.pool.masters().await? {
            let mut cursor = 0_u64;
            loop {
                let mut scan = cmd("SCAN");
                scan.arg(cursor)
                    .arg("MATCH")
                    .arg(format!("{PREFIX}*"))
                    .arg("COUNT")
                    .arg(KEYS_AT_ONCE);
                let (next, keys): (u64, Vec<Vec<u8>>) = self.pool.query_at(&master, scan).await?;
                found.keys.extend(keys);
                // The first keys by name are kept, whatever the order of the search.
                while found.keys.len() > MAX_BRIDGES {
                    found.keys.pop_last();
                    found.is_cut = true;
                }
                if next == 0 {
                    break;
                }
                if began.elapsed() >= SEARCH {
                    found.is_cut = true;
                    return Ok(found);
                }
                cursor = next;
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl BridgeHeartbeats for RedisBridgeHeartbeats {
    async fn read(&self) -> Result<StoredHeartbeats> {
        let Found { keys, is_cut } = self.search().await?;
        let commands = keys.iter().flat_map(|key| {
            let mut content = cmd("GETRANGE");
            content.arg(key).arg(0).arg(MAX_HEARTBEAT_BYTES);
            // Read last: a key that expires between the two commands is recognised by its missing lifetime.
            let mut lifetime = cmd("PTTL");
            lifetime.arg(key);
            [content, lifetime]
        });
        let mut answers = self.pool.each(commands.collect()).await?.into_iter();
        let mut heartbeats = Vec::with_capacity(keys.len());
        for key in &keys {
            let (Some(content), Some(lifetime)) = (answers.next(), answers.next()) else {
                break;
            };
            let Some(expires_in) = lifetime_of(lifetime)? else {
                continue;
            };
            heartbeats.push(StoredHeartbeat {
                name: key.get(PREFIX.len()..).unwrap_or_default().to_vec(),
                content: content_of(content)?,
                expires_in,
            });
        }
        Ok(StoredHeartbeats { heartbeats, is_cut })
    }
}

/// Returns the content of a key; `None` if it has another type.
fn content_of(answer: RedisResult<Value>) -> Result<Option<Vec<u8>>> {
    match answer {
        Ok(Value::BulkString(content)) => Ok(Some(content)),
        Ok(_) => Ok(None),
        Err(error) if is_wrong_type(&error) => Ok(None),
        Err(error) => Err(from_redis(error)),
    }
}

/// Returns the remaining lifetime of a key, which is `Some(None)` if it never expires; `None` if the key is gone.
fn lifetime_of(answer: RedisResult<Value>) -> Result<Option<Option<Duration>>> {
    Ok(match answer.map_err(from_redis)? {
        Value::Int(-1) => Some(None),
        Value::Int(ms) => u64::try_from(ms).ok().map(|ms| Some(Duration::from_millis(ms))),
        _ => None,
    })
}
