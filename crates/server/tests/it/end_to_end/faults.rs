//! Outages of Redis and PostgreSQL.

use deadpool_redis::redis::AsyncCommands as _;
use serde_json::json;
use test_stores::{postgres::PrivatePostgres, redis::RedisServer};

use super::support::{Plant, Program, Robot, until_ok};

#[tokio::test(flavor = "multi_thread")]
async fn clients_stay_subscribed_while_redis_restarts_empty() {
    let mut plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(plant.program.watch_all().await);
    }
    plant.robot().await.is_at(&vehicle, 1.0).await;
    for client in &mut clients {
        client.until_at(&vehicle, 1.0).await;
    }
    plant.redis.kill();
    for client in &mut clients {
        client
            .until("the feed is down", |message| {
                (message["type"] == "feed" && message["status"] == "down").then_some(())
            })
            .await;
    }
    let (status, health) = plant.program.get("/health").await;
    assert_eq!(status, 200, "degraded, not down: {health}");
    let created = plant.program.create_enabled("Made while Redis was away").await;

    plant.redis.restart_empty();
    for client in &mut clients {
        client
            .until("the feed is up", |message| {
                (message["type"] == "feed" && message["status"] == "up").then_some(())
            })
            .await;
    }
    let mut robot = plant.robot().await;
    robot.is_at(&vehicle, 1.5).await;
    robot.is_at(&created, 9.0).await;
    for client in &mut clients {
        client.until_at(&vehicle, 1.5).await;
    }
    until_ok("the keys are there again", || {
        let mut connection = robot.connection.clone();
        let keys = [&vehicle, &created].map(|id| format!("vehicle:{{{id}}}:position"));
        let ids = [vehicle.clone(), created.clone()];
        async move {
            for (key, id) in keys.iter().zip(&ids) {
                let is_active: bool = connection.sismember("vehicles:active", id).await.ok()?;
                let is_there: bool = connection.exists(key).await.ok()?;
                if !(is_active && is_there) {
                    return None;
                }
            }
            Some(())
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_delivery_continues_without_the_database() {
    let (postgres, redis) = (PrivatePostgres::launch().await, RedisServer::start());
    let (database_url, redis_url) = (postgres.url(), redis.url());
    let program = Program::serve(&[("DATABASE__URL", &database_url), ("REDIS__URL", &redis_url)]).await;
    program.until_fed().await;
    let vehicle = program.create_enabled("Tugger").await;
    let mut client = program.watch_all().await;
    let mut robot = Robot {
        connection: redis.connection().await,
    };
    postgres.stop().await;

    for x in 0..20 {
        robot.is_at(&vehicle, f64::from(x) / 10.0).await;
        client.until_at(&vehicle, f64::from(x) / 10.0).await;
    }
    let mutation = "mutation($id: ID!) { disableVehicle(id: $id) { id } }";
    let answer = program.graphql(mutation, json!({"id": vehicle})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "UNAVAILABLE",
        "{answer}"
    );
    assert_eq!(program.get("/health/live").await.0, 200);
    assert_eq!(program.get("/health/db").await.0, 503);

    postgres.start().await;
    until_ok("the registry works again", || async {
        let answer = program.graphql(mutation, json!({"id": vehicle})).await;
        answer.get("errors").is_none().then_some(())
    })
    .await;
    client
        .until_event("the removal", |event| {
            (event["type"] == "vehicleRemoved").then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_started_before_its_stores_becomes_ready_with_them() {
    let (postgres, mut redis) = (PrivatePostgres::launch().await, RedisServer::start());
    postgres.stop().await;
    redis.kill();
    let (database_url, redis_url) = (postgres.url(), redis.url());
    let starting = tokio::spawn(async move {
        Program::serve(&[("DATABASE__URL", &database_url), ("REDIS__URL", &redis_url)]).await
    });
    postgres.start().await;
    redis.restart_empty();
    let program = starting.await.expect("it becomes ready");
    program.until_fed().await;
    program.create_enabled("Tugger").await;
}
