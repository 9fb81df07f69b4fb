//! `/health/websocket`: a canary passes through Redis and the live core.

use std::time::Instant;

use deadpool_redis::redis::{AsyncCommands as _, aio::MultiplexedConnection, cmd};
use serde_json::{Value, json};
use test_stores::redis::RedisServer;

use super::support::{Plant, Program, until_ok};

const PATH: &str = "/health/websocket";

/// Waits until the endpoint returns a status, with the reason.
async fn until_status(program: &Program, status: &str, reason: Option<&str>) -> Value {
    let code = if status == "down" { 503 } else { 200 };
    until_ok(&format!("{status}: {reason:?}"), || async {
        let (found, body) = program.get(PATH).await;
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let is_it = body["status"] == status && body["reason"] == json!(reason);
        is_it.then(|| {
            assert_eq!(found, code, "{body}");
            body
        })
    })
    .await
}

async fn run(connection: &mut MultiplexedConnection, words: &[&str]) {
    cmd(words[0])
        .arg(&words[1..])
        .exec_async(connection)
        .await
        .expect("Redis takes the command");
}

async fn canary_channels(connection: &mut MultiplexedConnection) -> Vec<String> {
    cmd("PUBSUB")
        .arg(&["CHANNELS", "fleetwatch:canary:*"])
        .query_async(connection)
        .await
        .expect("a list")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_cannot_be_subscribed_is_never_up() {
    for (shards, routes) in [("1", 1), ("4", 2)] {
        let redis = RedisServer::start();
        let url = redis.url();
        let program = Program::serve(&[("REDIS__URL", &url), ("REDIS__CHANNEL_SHARDS", shards)]).await;
        let mut connection = redis.connection().await;
        let body = until_status(&program, "up", None).await;
        assert_eq!(
            body["canaries"],
            json!({"sent": routes, "arrived": routes}),
            "{body}"
        );
        assert!(
            body["latencyMs"]
                .as_f64()
                .is_some_and(|ms| ms > 0.0 && ms < 500.0),
            "{body}"
        );
        assert!(body["since"].is_string(), "{body}");

        run(
            &mut connection,
            &["ACL", "SETUSER", "default", "-subscribe", "-ssubscribe"],
        )
        .await;
        run(&mut connection, &["CLIENT", "KILL", "TYPE", "pubsub"]).await;
        let reason = Some("the server is not subscribed to the robots' channels");
        let body = until_status(&program, "down", reason).await;
        assert_eq!(body["feed"]["status"], "down", "{body}");
        // It stays down while nothing is repaired.
        let began = Instant::now();
        while began.elapsed().as_secs() < 2 {
            assert_eq!(program.get(PATH).await.0, 503);
        }
        run(&mut connection, &["ACL", "SETUSER", "default", "+@all"]).await;
        let repaired = until_status(&program, "up", None).await;
        assert!(
            repaired["since"].as_str() > body["since"].as_str(),
            "{repaired} after {body}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_without_proof_is_down_although_the_channels_are_subscribed() {
    let redis = RedisServer::start();
    let program = Program::serve(&[("REDIS__URL", &redis.url())]).await;
    let mut connection = redis.connection().await;
    until_status(&program, "up", None).await;
    run(&mut connection, &["ACL", "SETUSER", "default", "-publish"]).await;
    let body = until_status(&program, "down", Some("a canary cannot be sent through Redis")).await;
    assert_eq!(body["feed"]["status"], "up", "{body}");
    assert!(body.get("latencyMs").is_none(), "{body}");
    run(&mut connection, &["ACL", "SETUSER", "default", "+publish"]).await;
    until_status(&program, "up", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_is_up_again_after_lost_connections_and_restarts() {
    let mut redis = RedisServer::start();
    let program = Program::serve(&[("REDIS__URL", &redis.url())]).await;
    until_status(&program, "up", None).await;
    run(
        &mut redis.connection().await,
        &["CLIENT", "KILL", "TYPE", "pubsub"],
    )
    .await;
    until_status(&program, "up", None).await;
    // A suspended Redis is noticed before its connections are found to be broken.
    redis.pause();
    until_ok("no canary arrives", || async {
        (program.get(PATH).await.0 == 503).then_some(())
    })
    .await;
    redis.resume();
    until_status(&program, "up", None).await;
    redis.kill();
    until_ok("the feed is down", || async {
        (program.get(PATH).await.0 == 503).then_some(())
    })
    .await;
    assert_eq!(program.get("/health/live").await.0, 200);
    redis.restart_empty();
    until_status(&program, "up", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_bus_delivers_canaries_too() {
    let program = Program::serve(&[]).await;
    until_status(&program, "up", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn canaries_stay_within_their_server_and_no_client_sees_them() {
    let plant = Plant::start().await;
    let other = plant.another(&[]).await;
    let vehicle = plant.program.create_enabled("Real").await;
    let mut client = plant.program.watch_all().await;
    let mut connection = plant.redis.connection().await;
    for _ in 0..3 {
        until_status(&plant.program, "up", None).await;
        until_status(&other, "up", None).await;
    }
    let channels = canary_channels(&mut connection).await;
    assert_eq!(channels.len(), 2, "{channels:?}");
    for channel in &channels {
        // A canary has one receiver, and what other programs publish on its channel is ignored.
        for payload in ["", "1 0", "x", "0 0 0"] {
            let receivers: u64 = connection
                .publish(channel.as_str(), payload)
                .await
                .expect("Redis is up");
            assert_eq!(receivers, 1, "{channel}");
        }
    }
    until_status(&plant.program, "up", None).await;

    let dead_letters: u64 = cmd("XLEN")
        .arg("fleetwatch:dlq")
        .query_async(&mut connection)
        .await
        .expect("a number");
    assert_eq!(dead_letters, 0);
    let active: Vec<String> = connection.smembers("vehicles:active").await.expect("a set");
    assert_eq!(active, [vehicle.as_str()]);
    let keys: Vec<String> = cmd("KEYS")
        .arg("*canary*")
        .query_async(&mut connection)
        .await
        .expect("a list");
    assert_eq!(keys, Vec::<String>::new());
    for metric in [
        "fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"accepted\"}",
        "fleetwatch_ingest_messages_total{channel=\"vehicle:state:update\",outcome=\"accepted\"}",
        "fleetwatch_ingest_messages_total{channel=\"all\",outcome=\"lagged\"}",
    ] {
        assert_eq!(plant.program.metric(metric).await, 0.0, "{metric}");
    }
    assert_eq!(
        plant.program.metric("fleetwatch_live_subscribers").await,
        1.0,
        "the client only"
    );
    // The next message that the client receives is about the real vehicle.
    plant.robot().await.is_at(&vehicle, 1.0).await;
    let message = client
        .until("a batch", |message| {
            assert!(!message.to_string().contains("vehicleError"), "{message}");
            (message["type"] == "batch").then(|| message.clone())
        })
        .await;
    for event in message["events"].as_array().expect("events") {
        assert_eq!(event["vehicleId"], vehicle.as_str(), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frequent_requests_cause_few_canaries() {
    let redis = RedisServer::start();
    let program = Program::serve(&[("REDIS__URL", &redis.url())]).await;
    let mut connection = redis.connection().await;
    until_status(&program, "up", None).await;
    let (before, began) = (published(&mut connection).await, Instant::now());
    for _ in 0..500 {
        assert_eq!(program.get(PATH).await.0, 200);
    }
    let (canaries, took) = (
        published(&mut connection).await - before,
        began.elapsed().as_secs_f64(),
    );
    assert!(
        canaries as f64 <= 2.0 * took + 2.0,
        "{canaries} canaries for 500 requests in {took} s"
    );
}

/// Returns the number of PUBLISH commands that Redis has executed.
async fn published(connection: &mut MultiplexedConnection) -> u64 {
    let statistics: String = cmd("INFO")
        .arg("commandstats")
        .query_async(connection)
        .await
        .expect("information");
    let line = statistics
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_publish:calls="));
    let number = line
        .and_then(|line| line.split_once(','))
        .map(|(number, _)| number.parse());
    number.transpose().expect("a number").unwrap_or(0)
}
