//! Repaired mismatches, in the stream `fleetwatch:mismatches`.

use std::collections::HashMap;

use application::{
    Error, Result,
    ports::{MISMATCHES_AT_ONCE, MismatchLog, MismatchPage, MismatchPlace, SyncMismatch},
};
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use domain::telemetry::Timestamp;

use crate::{foreign, pool::CommandPool};

const STREAM: &str = "fleetwatch:mismatches";
/// Approximate number of entries kept; Redis only removes whole blocks of them.
const LENGTH: usize = 10_000;

/// Fields of an entry.
const VEHICLE_ID: &str = "vehicleId";
const KIND: &str = "kind";
const DETAIL: &str = "detail";
const AT: &str = "at";

/// Log of mismatches in Redis, shared by all servers.
///
/// A place is the id at which to continue reading the stream, because Redis 6.0 does not support exclusive ranges.
pub struct RedisMismatchLog {
    pool: CommandPool,
}

impl RedisMismatchLog {
    pub(crate) const fn new(pool: CommandPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl MismatchLog for RedisMismatchLog {
    async fn append(&self, mismatches: &[SyncMismatch]) -> Result<()> {
        let commands = mismatches.iter().map(|mismatch| {
            let SyncMismatch {
                vehicle_id,
                kind,
                detail,
                at,
            } = mismatch;
            let mut add = cmd("XADD");
            add.arg(STREAM).arg("MAXLEN").arg("~").arg(LENGTH).arg("*");
            if let Some(id) = vehicle_id {
                add.arg(VEHICLE_ID).arg(id.to_string());
            }
            add.arg(KIND)
                .arg(kind.as_str())
                .arg(DETAIL)
                .arg(detail)
                .arg(AT)
                .arg(at.to_string());
            add
        });
        foreign::change_key(&self.pool, STREAM, foreign::STREAM, commands.collect())
            .await
            .map(drop)
    }

    async fn read_after(&self, place: &MismatchPlace) -> Result<MismatchPage> {
        let from = match place.0.as_str() {
            "" => "-",
            id => id,
        };
        let mut range = cmd("XRANGE");
        range
            .arg(STREAM)
            .arg(from)
            .arg("+")
            .arg("COUNT")
            .arg(MISMATCHES_AT_ONCE);
        let entries: Option<Vec<Entry>> = self.pool.read(&range).await?;
        let entries = entries.unwrap_or_default();
        let next = match entries.last() {
            Some((id, _)) => MismatchPlace(id_after(id)?),
            None => place.clone(),
        };
        Ok(MismatchPage {
            mismatches: entries
                .iter()
                .filter_map(|(_, fields)| understood(fields))
                .collect(),
            next,
        })
    }
}

/// An entry of the stream: its id and its fields. Other programs may write names that are not UTF-8.
type Entry = (String, HashMap<Vec<u8>, Vec<u8>>);

/// Returns the lowest id after an id, such as `1732333333123-1` after `1732333333123-0`.
fn id_after(id: &str) -> Result<String> {
    let parsed = id
        .split_once('-')
        .and_then(|(time, number)| Some((time, number.parse::<u64>().ok()?)));
    match parsed {
        Some((time, number)) => Ok(format!("{time}-{}", number.saturating_add(1))),
        None => Err(Error::unavailable(
            "redis",
            format!("{id} is not the id of an entry"),
        )),
    }
}

/// Parses an entry; `None` if another program wrote it.
fn understood(fields: &HashMap<Vec<u8>, Vec<u8>>) -> Option<SyncMismatch> {
    let text = |name: &str| std::str::from_utf8(fields.get(name.as_bytes())?).ok();
    Some(SyncMismatch {
        vehicle_id: text(VEHICLE_ID).map(str::parse).transpose().ok()?,
        kind: text(KIND)?.parse().ok()?,
        detail: text(DETAIL)?.to_owned(),
        at: Timestamp::from_unix_ms(text(AT)?.parse().ok()?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_id_follows_directly() {
        assert_eq!(id_after("1732333333123-0").expect("an id"), "1732333333123-1");
        assert!(id_after("1732333333123").is_err());
    }
}
