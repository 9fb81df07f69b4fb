//! A server with its own stores, and the robots that send messages to it.

use std::collections::HashMap;

use deadpool_redis::redis::{AsyncCommands as _, aio::MultiplexedConnection, cmd};
use serde_json::{Value, json};
use test_stores::{postgres::TestDatabase, redis::RedisServer};

use super::{Program, now_ms};

/// A server with its own database and Redis.
pub(crate) struct Plant {
    pub program: Program,
    pub redis: RedisServer,
    pub database: TestDatabase,
}

impl Plant {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(crate) async fn with(variables: &[(&str, &str)]) -> Self {
        let (database, redis) = (TestDatabase::create().await, RedisServer::start());
        let program = serve(&database, &redis, variables).await;
        Self {
            program,
            redis,
            database,
        }
    }

    /// Starts another server on the same database and Redis.
    pub(crate) async fn another(&self, variables: &[(&str, &str)]) -> Program {
        serve(&self.database, &self.redis, variables).await
    }

    pub(crate) async fn robot(&self) -> Robot {
        Robot {
            connection: self.redis.connection().await,
        }
    }
}

/// Starts a server on these stores, and waits until it receives messages from robots.
async fn serve(database: &TestDatabase, redis: &RedisServer, variables: &[(&str, &str)]) -> Program {
    let (database_url, redis_url) = (database.url(), redis.url());
    let mut all = vec![
        ("DATABASE__URL", database_url.as_str()),
        ("REDIS__URL", redis_url.as_str()),
    ];
    all.extend(variables);
    let program = Program::serve(&all).await;
    program.until_fed().await;
    program
}

/// A publisher of messages, like a robot.
pub(crate) struct Robot {
    pub connection: MultiplexedConnection,
}

impl Robot {
    pub(crate) async fn publish(&mut self, channel: &str, payload: impl AsRef<[u8]>) {
        let _: i64 = self
            .connection
            .publish(channel, payload.as_ref())
            .await
            .expect("Redis is there");
    }

    /// Returns the fields of each dead letter, oldest first.
    pub(crate) async fn dead_letters(&self) -> Vec<HashMap<String, Vec<u8>>> {
        let mut range = cmd("XRANGE");
        let range = range.arg("fleetwatch:dlq").arg("-").arg("+");
        let letters: Vec<(String, HashMap<String, Vec<u8>>)> = range
            .query_async(&mut self.connection.clone())
            .await
            .expect("Redis is there");
        letters.into_iter().map(|(_, letter)| letter).collect()
    }

    pub(crate) async fn is_at(&mut self, vehicle: &str, x: f64) {
        self.publish("vehicle:position:update", position(vehicle, x).to_string())
            .await;
    }
}

/// Builds a valid position message with the current time.
pub(crate) fn position(vehicle: &str, x: f64) -> Value {
    json!({
        "vehicleId": vehicle, "x": x, "y": 2.0, "z": 0.0, "qx": 0, "qy": 0, "qz": 0, "qw": 1,
        "timestamp": now_ms(), "frame_id": "map", "map_id": "floor-1",
    })
}
