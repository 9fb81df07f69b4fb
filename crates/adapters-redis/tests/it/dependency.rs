//! Redis as a dependency of the server, against the contract of the port.

use adapters_redis::Redis;
use application::ports::Dependency;
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use port_contracts::dependency::Service;
use test_stores::redis::RedisServer;
use tokio::sync::Mutex;

use crate::redis_at;

struct OnRedis {
    redis: Redis,
    server: Mutex<RedisServer>,
}

impl OnRedis {
    async fn start() -> Self {
        let server = RedisServer::start();
        Self {
            redis: redis_at(&server.url()),
            server: Mutex::new(server),
        }
    }
}

#[async_trait]
impl Service for OnRedis {
    fn dependency(&self) -> &dyn Dependency {
        &self.redis
    }

    async fn go_away(&self) {
        self.server.lock().await.kill();
    }

    async fn come_back(&self) {
        self.server.lock().await.restart_empty();
    }

    /// Makes the server the replica of a master that does not exist: it answers but rejects writes.
    async fn refuse_writes(&self) {
        let mut administrator = self.server.lock().await.connection().await;
        let set = cmd("REPLICAOF")
            .arg(&["127.0.0.1", "1"])
            .exec_async(&mut administrator)
            .await;
        set.expect("a replica");
    }
}

port_contracts::dependency_contract!(OnRedis::start);
