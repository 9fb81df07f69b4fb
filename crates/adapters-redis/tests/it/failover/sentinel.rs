//! Failover of a Sentinel service.

use std::time::Instant;

use rstest::rstest;
use test_stores::redis::SentinelService;

use super::{FAILOVER, SOON, load::Load, show, until};
use crate::redis_with_shards;

#[rstest]
#[case::with_plain_channels(1)]
#[case::with_shards(8)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_master_is_replaced(#[case] shards: u16) {
    let mut service = SentinelService::start();
    let load = Load::start(&redis_with_shards(&service.url(), shards)).await;
    load.run().await;
    fail_over(&mut service, load, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_sentinel_does_not_delay_a_failover() {
    let mut service = SentinelService::start();
    service.sentinels()[0].pause();
    let load = Load::start(&redis_with_shards(&service.url(), 1)).await;
    load.run().await;
    let killed = Instant::now();
    service.kill(0);
    until(FAILOVER, async || service.master().await).await;
    load.until_all_works(Instant::now(), SOON).await;
    load.check_that_only_a_gap_is_lost(killed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_master_is_replaced() {
    let service = SentinelService::start();
    let load = Load::start(&redis_with_shards(&service.url(), 8)).await;
    load.run().await;
    let hung = Instant::now();
    service.servers()[0].pause();
    until(FAILOVER, async || service.master().await).await;
    load.until_all_works(Instant::now(), SOON).await;
    load.check_that_only_a_gap_is_lost(hung).await;
}

/// Kills masters one after the other. `just test-failover` runs it.
#[rstest]
#[case::with_plain_channels(1)]
#[case::with_shards(8)]
#[ignore = "takes minutes"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn masters_are_killed_again_and_again(#[case] shards: u16) {
    let mut service = SentinelService::start();
    let redis = redis_with_shards(&service.url(), shards);
    for _ in 0..8 {
        let load = Load::start(&redis).await;
        load.run().await;
        let master = until(FAILOVER, async || service.agreed_master().await).await;
        fail_over(&mut service, load, master).await;
        let new = until(FAILOVER, async || service.agreed_master().await).await;
        service.restart_as_replica(master, new);
    }
}

/// Kills the master under load, and checks that everything works soon after the failover.
async fn fail_over(service: &mut SentinelService, load: Load, master: usize) {
    let killed = Instant::now();
    service.kill(master);
    until(FAILOVER, async || service.master().await).await;
    let over = Instant::now();
    show(format_args!("the failover took {:.2?}", over - killed));
    load.until_all_works(over, SOON).await;
    // Two sentinels may have started a failover at the same time; the later one takes effect.
    until(FAILOVER, async || service.agreed_master().await).await;
    load.until_all_works(Instant::now(), SOON).await;
    load.check_that_only_a_gap_is_lost(killed).await;
}
