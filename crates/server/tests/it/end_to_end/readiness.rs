//! Guarantees of a server that reports that it is ready.

use serde_json::Value;
use test_stores::{postgres::TestDatabase, redis::RedisServer};

use super::support::{Plant, Program, until_ok};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_published_once_a_server_is_ready_is_received() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut robot = plant.robot().await;
    let (database, redis) = (plant.database.url(), plant.redis.url());
    for x in [1.0, 2.0, 3.0] {
        let program = Program::serve(&[("DATABASE__URL", &database), ("REDIS__URL", &redis)]).await;
        robot.is_at(&vehicle, x).await;
        until_ok("the message was received", || async {
            let accepted =
                "fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"accepted\"}";
            (program.metric(accepted).await == 1.0).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_redis_is_ready_and_degraded() {
    let (database, mut redis) = (TestDatabase::create().await, RedisServer::start());
    let (database_url, redis_url) = (database.url(), redis.url());
    let variables = [("DATABASE__URL", &*database_url), ("REDIS__URL", &*redis_url)];
    redis.kill();
    is_ready_and_degraded(&Program::serve(&variables).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_an_unresponsive_redis_is_ready_and_degraded() {
    let (database, redis) = (TestDatabase::create().await, RedisServer::start());
    let (database_url, redis_url) = (database.url(), redis.url());
    let variables = [("DATABASE__URL", &*database_url), ("REDIS__URL", &*redis_url)];
    redis.pause();
    is_ready_and_degraded(&Program::serve(&variables).await).await;
    redis.resume();
}

async fn is_ready_and_degraded(program: &Program) {
    let (status, health) = program.get("/health").await;
    let health: Value = serde_json::from_str(&health).expect("JSON");
    assert_eq!((status, &health["status"]), (200, &"degraded".into()), "{health}");
    assert_eq!(health["redis"]["feed"]["status"], "down", "{health}");
}
