//! A check that Redis accepts writes. It writes dedicated keys, and tests the permission to write live keys, which the
//! Redis user may lack, with commands that change nothing because no vehicle has the id in these keys.

use application::{Result, ports::Capability};
use deadpool_redis::redis::{Cmd, ErrorKind, RedisError, cmd};
use domain::VehicleId;
use uuid::Uuid;

use crate::{
    error::{from_redis, is_wrong_type},
    live::{ACTIVE, MAP},
    options::RedisOptions,
    pool::CommandPool,
};

/// Key of the probe; in a cluster, the common prefix of the probe's keys.
const KEY: &str = "fleetwatch:probe";
/// Lifetime of the probe's keys, in milliseconds.
const TTL_MS: u64 = 60_000;
/// Numbers at the end of the keys that are written in a cluster. The slots of these keys are 370, 1,394, 2,418 and so
/// on, 1,024 apart, so a master with a range of at least 1,024 slots has one of the keys. In a cluster of up to 16
/// masters with equal ranges, this applies to every master.
const NUMBERS: [u16; 16] = [
    1_659, 735, 1_294, 10_410, 3_562, 17_494, 19_224, 17_059, 553, 11_951, 10_676, 4_780, 41, 3_704, 2_823,
    19_042,
];

/// Keys that the probe uses.
pub(crate) struct Probe {
    keys: Vec<String>,
    /// The keys of a vehicle that does not exist.
    of_vehicles: Vec<String>,
}

impl Probe {
    pub(crate) fn of(options: &RedisOptions) -> Self {
        let keys = if options.url.is_cluster() {
            NUMBERS.iter().map(|number| format!("{KEY}:{number}")).collect()
        } else {
            vec![KEY.to_owned()]
        };
        let (style, no_vehicle) = (options.key_style, VehicleId::from_uuid(Uuid::nil()));
        let of_vehicles = vec![
            style.position(no_vehicle),
            style.state(no_vehicle),
            style.last_update(no_vehicle),
        ];
        Self { keys, of_vehicles }
    }

    pub(crate) async fn run(&self, pool: &CommandPool) -> Result<Capability> {
        let writes = self.keys.iter().map(|key| write(key));
        let changes = self.of_vehicles.iter().map(|key| change(key));
        let collections = [("SREM", ACTIVE), ("ZREM", MAP)].map(|(command, key)| remove(command, key));
        let commands = writes.chain(changes).chain(collections).collect();
        for (index, answer) in pool.each(commands).await?.into_iter().enumerate() {
            match answer {
                Ok(_) => {}
                // The live store deletes a key of another type before its next write.
                Err(error) if is_wrong_type(&error) => {}
                Err(error) if index >= self.keys.len() && error.code() == Some("NOPERM") => {
                    let reason = "the user lacks permission to write the live keys";
                    return Ok(Capability::ReadOnly { reason });
                }
                Err(error) => return refusal(error),
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

/// Returns a command that needs write permission but changes nothing, as its key does not exist.
fn change(key: &str) -> Cmd {
    let mut persist = cmd("PERSIST");
    persist.arg(key);
    persist
}

/// Returns a command that removes nothing: the collection has no such member.
fn remove(command: &str, key: &str) -> Cmd {
    let mut remove = cmd(command);
    remove.arg(key).arg(Uuid::nil().to_string());
    remove
}

/// Classifies the error of a rejected write.
fn refusal(error: RedisError) -> Result<Capability> {
    let reason = match error.code() {
        // The node does not serve requests at the moment.
        Some("LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN") => return Err(from_redis(error)),
        Some("READONLY") => "the server is a read-only replica",
        Some("OOM") => "the memory limit is reached",
        Some("MISCONF") => "the server cannot save to disk",
        Some("NOREPLICAS") => "too few replicas are connected",
        Some("NOPERM") => "the user lacks write permission",
        _ if matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension) => {
            "the server rejects writes"
        }
        _ => return Err(from_redis(error)),
    };
    Ok(Capability::ReadOnly { reason })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        options::KeyStyle,
        topology::{SLOTS, slot_of},
    };

    #[test]
    fn every_master_of_a_cluster_is_probed() {
        let options = RedisOptions {
            url: "redis-cluster://h:7000".parse().expect("a URL"),
            pool_size: 1,
            key_style: KeyStyle::Tagged,
            channel_shards: std::num::NonZero::<u16>::MIN,
            key_ttl: Duration::from_secs(60),
        };
        let keys = Probe::of(&options).keys;
        let slots: Vec<_> = keys
            .iter()
            .map(|key| u32::from(slot_of(key.as_bytes())))
            .collect();
        for masters in 1..=16 {
            // `redis-cli --cluster create` rounds the boundaries of the ranges in the same way.
            let boundary = |master| (master * u32::from(SLOTS) + masters / 2) / masters;
            for master in 0..masters {
                let range = boundary(master)..boundary(master + 1);
                let is_probed = slots.iter().any(|slot| range.contains(slot));
                assert!(is_probed, "{range:?} with {masters} masters");
            }
        }
    }
}
