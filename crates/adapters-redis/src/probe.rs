//! Whether writes succeed.

use application::{Result, ports::Capability};
use deadpool_redis::redis::{Cmd, ErrorKind, RedisError, cmd};

use crate::{error::unavailable, pool::CommandPool, url::RedisUrl};

/// The key that is written; in a cluster the common prefix of the keys.
const KEY: &str = "fleetwatch:probe";
/// How long it is kept.
const TTL_MS: u64 = 60_000;
/// How many keys are written in a cluster, spread evenly over its slots. A cluster of as many nodes with equal shares has
/// one on each.
const KEYS_IN_CLUSTER: u16 = 16;
/// How many slots a cluster has.
const SLOTS: u16 = 16_384;

/// The keys to write.
pub(crate) struct Probe {
    keys: Vec<String>,
}

impl Probe {
    pub(crate) fn of(url: &RedisUrl) -> Self {
        let keys = if url.is_cluster() {
            (0..KEYS_IN_CLUSTER).map(key_of_share).collect()
        } else {
            vec![KEY.to_owned()]
        };
        Self { keys }
    }

    pub(crate) async fn run(&self, pool: &CommandPool) -> Result<Capability> {
        for answer in pool
            .each(self.keys.iter().map(|key| write(key)).collect())
            .await?
        {
            if let Err(error) = answer {
                return refusal(error);
            }
        }
        Ok(Capability::ReadWrite)
    }
}

fn write(key: &str) -> Cmd {
    let mut set = cmd("SET");
    set.arg(key).arg(1).arg("PX").arg(TTL_MS);
    set
}

/// A key whose slot lies in this share of the slots.
fn key_of_share(share: u16) -> String {
    let size = SLOTS / KEYS_IN_CLUSTER;
    let keys = (0_u32..).map(|number| format!("{KEY}:{number}"));
    keys.into_iter()
        .find(|key| slot_of(key) / size == share)
        .expect("the slots of all numbers are spread over all shares")
}

/// The slot of a key without braces: its CRC-16 (XMODEM), as the Redis Cluster specification says.
fn slot_of(key: &str) -> u16 {
    let crc = key.bytes().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| match crc & 0x8000 {
            0 => crc << 1,
            _ => (crc << 1) ^ 0x1021,
        })
    });
    crc % SLOTS
}

/// Translates a refused write.
fn refusal(error: RedisError) -> Result<Capability> {
    let reason = match error.code() {
        // The node itself says that it serves no requests.
        Some("LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN") => return Err(unavailable(error)),
        Some("READONLY") => "it is a read-only replica",
        Some("OOM") => "its memory is full",
        Some("MISCONF") => "it can't save to its disk",
        Some("NOREPLICAS") => "it has too few replicas",
        Some("NOPERM") => "its user may not write",
        _ if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) => "it refuses writes",
        _ => return Err(unavailable(error)),
    };
    Ok(Capability::ReadOnly { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        // The check value of CRC-16 (XMODEM), and a slot that Redis gives by CLUSTER KEYSLOT.
        assert_eq!(slot_of("123456789"), 0x31c3);
        assert_eq!(slot_of("foo"), 12_182);
    }

    #[test]
    fn a_cluster_is_probed_in_every_share_of_its_slots() {
        let url: RedisUrl = "redis-cluster://h:7000".parse().expect("a URL");
        let keys = Probe::of(&url).keys;
        let mut shares: Vec<_> = keys.iter().map(|key| slot_of(key) / 1_024).collect();
        shares.sort_unstable();
        assert_eq!(shares, (0..16).collect::<Vec<_>>());
    }
}
