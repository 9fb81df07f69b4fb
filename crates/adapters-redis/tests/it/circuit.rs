//! The circuit breakers in front of Redis.

use std::{
    error::Error as _,
    time::{Duration, Instant},
};

use adapters_redis::{Redis, RedisLeases};
use application::{
    Result,
    ports::{CircuitState, Dependency, LeaseHolder, Leases},
};
use deadpool_redis::redis::cmd;
use test_stores::redis::{RedisCluster, RedisServer, slot_of};
use tokio::time::{sleep, timeout};

use crate::{DEADLINE, once_available, redis_at};

/// Checks that calls fail at once. If each of them waited for its timeout, they would take minutes.
async fn check_refuses_at_once(redis: &Redis) {
    let refused = async {
        for _ in 0..2_000 {
            let outcome = redis.ping().await;
            assert!(outcome.is_err_and(|error| error.is_unavailable()));
        }
    };
    timeout(DEADLINE, refused)
        .await
        .expect("no call should wait for a server that is known to be unavailable");
    assert_ne!(redis.circuit(), Some(CircuitState::Closed));
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < DEADLINE, "not in time: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_to_a_killed_server_fail_at_once_until_it_is_back() {
    let mut server = RedisServer::start();
    let redis = redis_at(&server.url());
    assert_eq!(redis.circuit(), Some(CircuitState::Closed));
    redis.ping().await.expect("Redis is up");
    for _ in 0..3 {
        server.kill();
        redis.ping().await.expect_err("Redis is down");
        check_refuses_at_once(&redis).await;
        server.restart_empty();
        once_available(async || redis.ping().await).await;
        assert_eq!(redis.circuit(), Some(CircuitState::Closed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_to_a_silent_server_fail_at_once_after_the_first() {
    let server = RedisServer::start();
    let redis = redis_at(&server.url());
    redis.ping().await.expect("Redis is up");
    server.pause();
    let late = redis.ping().await.expect_err("Redis does not answer");
    assert_eq!(late.to_string(), "Redis is unavailable: no answer within 500 ms");
    until("the circuit opens", || {
        redis.circuit() != Some(CircuitState::Closed)
    })
    .await;
    check_refuses_at_once(&redis).await;
    let open = redis.ping().await.expect_err("the circuit is open");
    assert_eq!(open.to_string(), "Redis is unavailable");
    let cause = open.source().expect("the circuit").to_string();
    assert!(cause.contains("the circuit is open"), "{cause}");
    server.resume();
    once_available(async || redis.ping().await).await;
    assert_eq!(redis.circuit(), Some(CircuitState::Closed));
}

/// A client may close a connection, for example with `CLIENT KILL`, while the server is available.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_connection_opens_no_circuit() {
    let server = RedisServer::start();
    let redis = redis_at(&server.url());
    let mut other = server.connection().await;
    for _ in 0..20 {
        redis.ping().await.expect("Redis is up");
        cmd("CLIENT")
            .arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"])
            .exec_async(&mut other)
            .await
            .expect("Redis is up");
        // A connection that is closed while it is in use costs this call an error.
        let _ = redis.ping().await;
        assert_eq!(redis.circuit(), Some(CircuitState::Closed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_master_of_a_cluster_does_not_affect_calls_to_the_others() {
    let cluster = RedisCluster::start();
    for node in cluster.nodes() {
        // By default, all masters reject commands until a failed one is replaced.
        cmd("CONFIG")
            .arg(&["SET", "cluster-require-full-coverage", "no"])
            .exec_async(&mut node.connection().await)
            .await
            .expect("the cluster is up");
    }
    let redis = redis_at(&cluster.url());
    let leases = redis.leases();
    let on_first = name_on(&cluster, 0).await;
    let on_second = name_on(&cluster, 1).await;
    for name in [&on_first, &on_second] {
        acquire(&leases, name).await.expect("the cluster is up");
    }
    cluster.nodes()[0].pause();
    acquire(&leases, &on_first).await.expect_err("the master hangs");
    until("the circuit opens", || {
        redis.circuit() != Some(CircuitState::Closed)
    })
    .await;
    for _ in 0..100 {
        acquire(&leases, &on_second).await.expect("this master answers");
    }
    // The replica replaces the master, whose circuit then no longer affects the state.
    once_available(async || acquire(&leases, &on_first).await).await;
    until("the circuit closes", || {
        redis.circuit() == Some(CircuitState::Closed)
    })
    .await;
}

async fn acquire(leases: &RedisLeases, name: &str) -> Result<Vec<bool>> {
    let names = [name.to_owned()];
    leases
        .acquire(&LeaseHolder::unique(), &names, Duration::from_secs(60))
        .await
}

/// Returns the name of a lease whose key is on this master.
async fn name_on(cluster: &RedisCluster, master: usize) -> String {
    for number in 0..1_000 {
        let name = format!("work-{number}");
        let slot = slot_of(&format!("fleetwatch:lease:{name}"));
        if cluster.master_of(slot).await == Some(master) {
            return name;
        }
    }
    panic!("master {master} should have some of the keys");
}
