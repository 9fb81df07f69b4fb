//! Failover of a cluster's masters, and moves of its slots.

use std::time::{Duration, Instant};

use application::telemetry::Channel;
use deadpool_redis::redis::cmd;
use domain::VehicleId;
use rstest::rstest;
use test_stores::redis::{RedisCluster, slot_of};

use super::{
    FAILOVER, SOON,
    load::{Load, vehicle},
    show, until,
};
use crate::redis_with_shards;

const SHARDS: u16 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_master_with_the_plain_channels_is_replaced() {
    let mut cluster = RedisCluster::start();
    let load = Load::start(&redis_with_shards(&cluster.url(), 1)).await;
    load.run().await;
    let master = subscribed(&cluster).await;
    fail_over(&mut cluster, load, master, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_master_with_shards_is_replaced() {
    let mut cluster = RedisCluster::start();
    let load = Load::start(&redis_with_shards(&cluster.url(), SHARDS)).await;
    load.run().await;
    let master = master_of_shard(&cluster, 0).await;
    fail_over(&mut cluster, load, master, SHARDS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_master_is_replaced() {
    let cluster = RedisCluster::start();
    let load = Load::start(&redis_with_shards(&cluster.url(), SHARDS)).await;
    load.run().await;
    let (hung, master) = (Instant::now(), master_of_shard(&cluster, 0).await);
    cluster.nodes()[master].pause();
    let is_replaced = async || {
        cluster
            .master_of(slot_of_shard(0))
            .await
            .filter(|new| *new != master)
    };
    until(FAILOVER, is_replaced).await;
    load.until_all_works(Instant::now(), SOON).await;
    load.check_that_only_a_gap_is_lost(hung).await;
}

#[rstest]
#[case::with_plain_channels(1)]
#[case::with_shards(SHARDS)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_move(#[case] shards: u16) {
    let cluster = RedisCluster::start();
    let load = Load::start(&redis_with_shards(&cluster.url(), shards)).await;
    load.run().await;
    let began = Instant::now();
    // The slots of some channels, of the dead letters, and of the keys of some vehicles.
    let mut slots: Vec<_> = (0..SHARDS / 2).map(slot_of_shard).collect();
    slots.push(slot_of("fleetwatch:dlq"));
    slots.extend((0..8).map(|number| slot_of(&vehicle(number).to_string())));
    for slot in slots {
        move_to_the_next(&cluster, slot).await;
    }
    load.until_all_works(Instant::now(), SOON).await;
    load.check_that_only_a_gap_is_lost(began).await;
}

/// Kills masters and moves slots, one after the other. `just test-failover` runs it.
#[rstest]
#[case::with_plain_channels(1)]
#[case::with_shards(SHARDS)]
#[ignore = "takes minutes"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn masters_are_killed_and_slots_move_again_and_again(#[case] shards: u16) {
    let mut cluster = RedisCluster::start();
    let redis = redis_with_shards(&cluster.url(), shards);
    for round in 0..8 {
        let load = Load::start(&redis).await;
        load.run().await;
        let master = match shards {
            1 => subscribed(&cluster).await,
            _ => master_of_shard(&cluster, round % shards).await,
        };
        let slot = slot_of_master(&cluster, master).await;
        fail_over(&mut cluster, load, master, shards).await;
        let new = until(FAILOVER, async || cluster.master_of(slot).await).await;
        cluster.rejoin(master, new);

        let load = Load::start(&redis).await;
        let began = Instant::now();
        for number in 0..60 {
            move_to_the_next(&cluster, slot_of_shard(number % SHARDS)).await;
            move_to_the_next(&cluster, slot_of(&vehicle(number).to_string())).await;
        }
        load.until_all_works(Instant::now(), SOON).await;
        load.check_that_only_a_gap_is_lost(began).await;
    }
}

/// Kills a master under load, and checks that everything works soon after the failover, and that messages of the other
/// masters' shards were not affected.
async fn fail_over(cluster: &mut RedisCluster, load: Load, master: usize, shards: u16) {
    let mut others = Vec::new();
    for shard in 0..shards {
        for channel in Channel::ALL {
            let slot = slot_of_channel(*channel, shard);
            if cluster.master_of(slot).await != Some(master) {
                others.push(slot);
            }
        }
    }
    let slot = slot_of_master(cluster, master).await;
    let killed = Instant::now();
    cluster.kill(master);
    until(FAILOVER, async || cluster.master_of(slot).await).await;
    let over = Instant::now();
    show(format_args!("the failover took {:.2?}", over - killed));
    load.until_all_works(over, SOON).await;
    if shards > 1 {
        let is_elsewhere = |vehicle: VehicleId, channel| {
            others.contains(&slot_of_channel(channel, shard_of(vehicle, shards)))
        };
        load.check_no_gap(killed, Duration::from_secs(1), is_elsewhere);
    }
    load.check_that_only_a_gap_is_lost(killed).await;
}

async fn move_to_the_next(cluster: &RedisCluster, slot: u16) {
    let masters = cluster.masters().await;
    let owner = cluster.master_of(slot).await.expect("the cluster is up");
    let next = masters
        .iter()
        .find(|master| **master > owner)
        .unwrap_or(&masters[0]);
    cluster.move_slot(slot, *next).await;
}

/// Returns the master at which the server is subscribed to the plain channels.
async fn subscribed(cluster: &RedisCluster) -> usize {
    for master in cluster.masters().await {
        let (_channel, subscribers): (String, u64) = cmd("PUBSUB")
            .arg("NUMSUB")
            .arg(Channel::Position.as_str())
            .query_async(&mut cluster.nodes()[master].connection().await)
            .await
            .expect("the number of subscribers");
        if subscribers > 0 {
            return master;
        }
    }
    panic!("no master has a subscriber");
}

async fn master_of_shard(cluster: &RedisCluster, shard: u16) -> usize {
    cluster
        .master_of(slot_of_shard(shard))
        .await
        .expect("the cluster is up")
}

async fn slot_of_master(cluster: &RedisCluster, master: usize) -> u16 {
    for slot in (0..16_384).step_by(256) {
        if cluster.master_of(slot).await == Some(master) {
            return slot;
        }
    }
    panic!("the master has no slots");
}

fn slot_of_shard(shard: u16) -> u16 {
    slot_of_channel(Channel::Position, shard)
}

fn slot_of_channel(channel: Channel, shard: u16) -> u16 {
    slot_of(&format!("{}:{shard}", channel.as_str()))
}

fn shard_of(vehicle: VehicleId, shards: u16) -> u16 {
    let digits = vehicle.to_string();
    u16::from_str_radix(&digits[digits.len() - 4..], 16).expect("hexadecimal digits") % shards
}
