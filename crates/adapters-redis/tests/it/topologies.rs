//! Every port on every kind of Redis.

use adapters_redis::{KeyStyle, Redis};
use application::ports::FeedEvent;
use deadpool_redis::redis::cmd;
use testkit::{
    contracts::{self, telemetry_bus},
    redis::RedisServer,
};

use crate::{DEADLINE, dead_letters::kept, noon, rate_limiter::check_limits, redis_at, redis_with};

async fn check_all_ports(redis: &Redis, server: &RedisServer) {
    let (first, second) = (redis.live_store(), redis.live_store());
    contracts::position_store::check(&first, &first).await;
    contracts::state_store::check(&first).await;
    contracts::live_keys::check(&first, &second).await;
    contracts::dead_letters::check(&redis.dead_letters(), async || kept(server).await).await;
    contracts::telemetry_bus::check(&redis.telemetry_bus(noon(), 1024 * 1024)).await;
    check_limits(redis).await;
    redis.ping().await.expect("it is there");
}

#[tokio::test]
async fn a_server_by_itself_will_do() {
    let server = RedisServer::start();
    check_all_ports(&redis_at(&server.url()), &server).await;
}

#[tokio::test]
async fn plain_keys_will_do() {
    let server = RedisServer::start();
    check_all_ports(&redis_with(&server.url(), KeyStyle::Plain), &server).await;
}

#[tokio::test]
async fn a_cluster_will_do() {
    let server = RedisServer::start_cluster();
    check_all_ports(&redis_at(&server.url()), &server).await;
}

#[tokio::test]
async fn a_master_that_a_sentinel_names_will_do() {
    let server = RedisServer::start();
    let sentinel = server.start_sentinel();
    check_all_ports(&redis_at(&sentinel.url()), &server).await;
}

#[tokio::test]
async fn a_password_and_a_database_are_understood() {
    let server = RedisServer::start();
    let mut administrator = server.connection().await;
    let set = cmd("CONFIG")
        .arg(&["SET", "requirepass", "ge/h@im"])
        .exec_async(&mut administrator)
        .await;
    set.expect("a setting");
    let redis = redis_at(&format!("redis://:ge%2Fh%40im@127.0.0.1:{}/3", server.port()));
    let store = redis.live_store();
    contracts::position_store::check(&store, &store).await;
    contracts::telemetry_bus::check(&redis.telemetry_bus(noon(), 1024 * 1024)).await;
    let space: String = cmd("INFO")
        .arg("keyspace")
        .query_async(&mut administrator)
        .await
        .expect("information");
    assert!(space.contains("db3:") && !space.contains("db0:"), "{space}");
}

#[tokio::test]
async fn a_user_with_the_documented_rights_will_do() {
    let server = RedisServer::start();
    let document = include_str!("../../../../docs/redis.md");
    let line = document
        .lines()
        .find(|line| line.starts_with("ACL SETUSER fleetwatch"))
        .expect("the command");
    let mut words = line.split(' ');
    let mut command = cmd(words.next().expect("a word"));
    let set = command
        .arg(words.collect::<Vec<_>>())
        .exec_async(&mut server.connection().await)
        .await;
    set.expect("a user");
    let redis = redis_at(&format!(
        "redis://fleetwatch:password@127.0.0.1:{}",
        server.port()
    ));
    check_all_ports(&redis, &server).await;
}

#[tokio::test]
async fn a_cluster_that_came_back_is_found_again() {
    let mut server = RedisServer::start_cluster();
    let redis = redis_at(&server.url());
    check_comes_back(&redis, &mut server).await;
}

#[tokio::test]
async fn a_master_that_came_back_is_found_again() {
    let mut server = RedisServer::start();
    let sentinel = server.start_sentinel();
    check_comes_back(&redis_at(&sentinel.url()), &mut server).await;
}

async fn check_comes_back(redis: &Redis, server: &mut RedisServer) {
    let (store, bus) = (redis.live_store(), redis.telemetry_bus(noon(), 1024 * 1024));
    let mut feed = telemetry_bus::a_feed(&bus).await;
    contracts::state_store::check(&store).await;
    server.kill();
    assert!(matches!(telemetry_bus::next(&mut feed).await, FeedEvent::Down));
    assert!(redis.ping().await.is_err_and(|error| error.is_unavailable()));

    server.restart_empty();
    assert!(matches!(telemetry_bus::next(&mut feed).await, FeedEvent::Up));
    let answers = async { while redis.ping().await.is_err() {} };
    tokio::time::timeout(DEADLINE, answers)
        .await
        .expect("commands find it too");
    contracts::state_store::check(&store).await;
    telemetry_bus::check(&bus).await;
}
