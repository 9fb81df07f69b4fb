//! Heartbeats of bridges in Redis: the contract of the port, many other keys, and keys of other types.

use std::time::Duration;

use adapters_redis::RedisBridgeHeartbeats;
use application::ports::BridgeHeartbeats;
use async_trait::async_trait;
use deadpool_redis::redis::{cmd, pipe};
use port_contracts::bridge_heartbeats::Bridges;
use test_stores::redis::{RedisCluster, RedisServer};

use crate::redis_at;

struct OnRedis {
    heartbeats: RedisBridgeHeartbeats,
    server: RedisServer,
}

#[async_trait]
impl Bridges for OnRedis {
    fn heartbeats(&self) -> &dyn BridgeHeartbeats {
        &self.heartbeats
    }

    async fn store(&self, name: &[u8], content: &[u8], expires_in: Option<Duration>) {
        let mut set = cmd("SET");
        set.arg([&b"fleetwatch:bridge:"[..], name].concat()).arg(content);
        if let Some(rest) = expires_in {
            set.arg("PX").arg(rest.as_millis().to_string());
        }
        let stored = set.exec_async(&mut self.server.connection().await).await;
        stored.expect("Redis is up");
    }
}

async fn empty() -> OnRedis {
    let server = RedisServer::start();
    OnRedis {
        heartbeats: redis_at(&server.url()).bridge_heartbeats(),
        server,
    }
}

port_contracts::bridge_heartbeats_contract!(empty);

#[tokio::test]
async fn heartbeats_are_found_among_many_other_keys() {
    let bridges = empty().await;
    let mut many = pipe();
    for number in 0..20_000 {
        many.set(format!("other:{number}"), 1).ignore();
    }
    let stored = many.exec_async(&mut bridges.server.connection().await).await;
    stored.expect("Redis is up");
    let lifetime = Duration::from_secs(15);
    bridges.store(b"hall-1", b"{}", Some(lifetime)).await;
    bridges.store(b"hall-2", b"{}", Some(lifetime)).await;
    let found = bridges.heartbeats.read().await.expect("Redis is up");
    assert_eq!((found.heartbeats.len(), found.is_cut), (2, false));
}

#[tokio::test]
async fn a_key_of_another_type_has_no_content() {
    let bridges = empty().await;
    let mut push = cmd("RPUSH");
    push.arg("fleetwatch:bridge:list").arg("{}");
    let stored = push.exec_async(&mut bridges.server.connection().await).await;
    stored.expect("Redis is up");
    let found = bridges.heartbeats.read().await.expect("Redis is up").heartbeats;
    assert_eq!(found.len(), 1);
    assert_eq!((&*found[0].name, &found[0].content), (&b"list"[..], &None));
    assert_eq!(found[0].expires_in, None);
}

#[tokio::test]
async fn without_redis_heartbeats_are_unavailable() {
    let mut bridges = empty().await;
    bridges.server.kill();
    let outcome = bridges.heartbeats.read().await;
    assert!(outcome.is_err_and(|error| error.is_unavailable()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_heartbeats_on_all_masters_of_a_cluster_are_read() {
    let cluster = RedisCluster::start();
    for number in 0..12 {
        let mut set = cmd("SET");
        set.arg(format!("fleetwatch:bridge:hall-{number:02}"))
            .arg(&["{}", "PX", "60000"]);
        let mut times_stored = 0;
        for node in cluster.nodes() {
            // Only the master of the key's slot accepts it.
            let stored = set.exec_async(&mut node.connection().await).await;
            times_stored += usize::from(stored.is_ok());
        }
        assert_eq!(times_stored, 1);
    }
    let heartbeats = redis_at(&cluster.url()).bridge_heartbeats();
    let found = heartbeats.read().await.expect("Redis is up");
    assert_eq!((found.heartbeats.len(), found.is_cut), (12, false));
    assert!(found.heartbeats.iter().all(|found| found.expires_in.is_some()));
}
