//! Leases in Redis: the contract of the port, and keys that other programs have written.

use std::{sync::Arc, time::Duration};

use application::{
    Result,
    ports::{LeaseHolder, Leases},
};
use async_trait::async_trait;
use deadpool_redis::redis::{AsyncCommands as _, cmd};
use test_stores::redis::RedisServer;

use crate::redis_at;

const DURATION: Duration = Duration::from_secs(60);

/// Leases with their own Redis server.
struct Private {
    leases: adapters_redis::RedisLeases,
    _server: RedisServer,
}

#[async_trait]
impl Leases for Private {
    async fn acquire(&self, holder: &LeaseHolder, names: &[String], duration: Duration) -> Result<Vec<bool>> {
        self.leases.acquire(holder, names, duration).await
    }

    async fn release(&self, holder: &LeaseHolder, name: &str) -> Result<()> {
        self.leases.release(holder, name).await
    }
}

async fn private() -> Arc<dyn Leases> {
    let server = RedisServer::start();
    Arc::new(Private {
        leases: redis_at(&server.url()).leases(),
        _server: server,
    })
}

port_contracts::leases_contract!(private);

async fn acquire(leases: &impl Leases, holder: &LeaseHolder) -> bool {
    let acquired = leases.acquire(holder, &["work".to_owned()], DURATION).await;
    acquired.expect("Redis is up") == [true]
}

#[tokio::test]
async fn two_servers_exclude_each_other_until_the_lease_is_lost() {
    let server = RedisServer::start();
    let [first, second] = [(); 2].map(|()| (redis_at(&server.url()).leases(), LeaseHolder::unique()));
    assert!(acquire(&first.0, &first.1).await);
    assert!(!acquire(&second.0, &second.1).await);
    let mut connection = server.connection().await;
    let holder: String = connection.get("fleetwatch:lease:work").await.expect("a lease");
    assert_eq!(holder, first.1.as_str());
    let left: u64 = connection
        .pttl("fleetwatch:lease:work")
        .await
        .expect("a time to live");
    assert!((50_000..=60_000).contains(&left), "{left}");

    let flushed = cmd("FLUSHALL").exec_async(&mut connection).await;
    flushed.expect("Redis is up");
    assert!(acquire(&second.0, &second.1).await);
    assert!(
        !acquire(&first.0, &first.1).await,
        "the former holder has lost the lease"
    );
}

#[tokio::test]
async fn keys_of_other_programs_do_not_block_a_lease() {
    let server = RedisServer::start();
    let (leases, mut connection) = (redis_at(&server.url()).leases(), server.connection().await);
    let foreign: [&[&str]; 3] = [
        &["SET", "fleetwatch:lease:work", "forever"],
        &["SET", "fleetwatch:lease:work", "for days", "EX", "1000000"],
        &["RPUSH", "fleetwatch:lease:work", "a list"],
    ];
    for words in foreign {
        let () = connection
            .del("fleetwatch:lease:work")
            .await
            .expect("Redis is up");
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        command.exec_async(&mut connection).await.expect("Redis is up");
        assert!(acquire(&leases, &LeaseHolder::unique()).await, "{words:?}");
        assert!(!acquire(&leases, &LeaseHolder::unique()).await, "{words:?}");
        let released = leases.release(&LeaseHolder::unique(), "work").await;
        released.expect("a key of any type can be compared");
    }
}

#[tokio::test]
async fn leases_cannot_be_acquired_while_redis_is_unavailable() {
    let mut server = RedisServer::start();
    let leases = redis_at(&server.url()).leases();
    server.kill();
    let acquired = leases
        .acquire(&LeaseHolder::unique(), &["work".to_owned()], DURATION)
        .await;
    assert!(acquired.expect_err("Redis is down").is_unavailable());
    let released = leases.release(&LeaseHolder::unique(), "work").await;
    assert!(released.expect_err("Redis is down").is_unavailable());
}
