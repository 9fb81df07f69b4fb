//! Every port on every kind of Redis.

use std::sync::Arc;

use adapters_redis::Redis;
use application::ports::{Capability, FeedEvent, Leases, MismatchLog};
use deadpool_redis::redis::cmd;
use port_contracts::{dead_letters, mismatch_log, telemetry_bus};
use rstest::rstest;
use test_stores::redis::{RedisCluster, RedisServer};

use crate::{DEADLINE, noon, on_redis::OnRedis, rate_limiter::check_limits, redis_at, redis_with_shards};

async fn check_all_ports(redis: &Redis, server: RedisServer) {
    let ports = OnRedis::new(redis, &Arc::new(server));
    port_contracts::position_store_contract!(all_on & ports);
    port_contracts::state_store_contract!(all_on & ports);
    port_contracts::live_keys_contract!(all_on & ports);
    port_contracts::dead_letters_contract!(all_on & ports);
    port_contracts::telemetry_bus_contract!(all_on & ports);
    let leases: Arc<dyn Leases> = Arc::new(redis.leases());
    port_contracts::leases_contract!(all_on & leases);
    let mismatches: Arc<dyn MismatchLog> = Arc::new(redis.mismatch_log());
    mismatch_log::mismatches_are_read_in_order_and_once(&mismatches).await;
    check_limits(redis).await;
    redis.ping().await.expect("Redis is up");
    assert_eq!(redis.probe().await.expect("Redis is up"), Capability::ReadWrite);
}

#[tokio::test]
async fn all_ports_work_on_a_single_server() {
    let server = RedisServer::start();
    check_all_ports(&redis_at(&server.url()), server).await;
}

#[tokio::test]
async fn all_ports_work_on_a_cluster() {
    let server = RedisServer::start_cluster();
    check_all_ports(&redis_at(&server.url()), server).await;
}

#[tokio::test]
async fn all_ports_work_on_a_master_named_by_a_sentinel() {
    let server = RedisServer::start();
    let sentinel = server.start_sentinel();
    check_all_ports(&redis_at(&sentinel.url()), server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_ports_work_on_a_cluster_with_several_masters() {
    for shards in [1, 8] {
        // On the same cluster, the second program would report the dead letters of the first one again, as another server
        // does, and they would be stored once.
        let cluster = RedisCluster::start();
        let redis = redis_with_shards(&cluster.url(), shards);
        let store = redis.live_store();
        port_contracts::position_store_contract!(all_on & store);
        port_contracts::state_store_contract!(all_on & store);
        port_contracts::telemetry_bus_contract!(all_on & redis.telemetry_bus(noon(), 1024 * 1024));
        let (letters, bus) = (redis.dead_letters(), redis.telemetry_bus(noon(), 1024 * 1024));
        dead_letters::check_replays(&letters, &bus).await;
        dead_letters::check_concurrent_replays(&letters, &bus).await;
        redis.ping().await.expect("Redis is up");
        assert_eq!(redis.probe().await.expect("Redis is up"), Capability::ReadWrite);
        check_limits(&redis_at(&cluster.url())).await;
    }
}

#[tokio::test]
async fn messages_of_all_shards_arrive() {
    let server = RedisServer::start();
    let redis = redis_with_shards(&server.url(), 300);
    port_contracts::telemetry_bus_contract!(all_on & redis.telemetry_bus(noon(), 1024 * 1024));
    let sentinel = server.start_sentinel();
    let redis = redis_with_shards(&sentinel.url(), 2);
    port_contracts::telemetry_bus_contract!(all_on & redis.telemetry_bus(noon(), 1024 * 1024));
}

#[tokio::test]
async fn the_password_and_the_database_of_a_url_are_used() {
    let server = RedisServer::start();
    let mut administrator = server.connection().await;
    let set = cmd("CONFIG")
        .arg(&["SET", "requirepass", "ge/h@im"])
        .exec_async(&mut administrator)
        .await;
    set.expect("a setting");
    let redis = redis_at(&format!("redis://:ge%2Fh%40im@127.0.0.1:{}/3", server.port()));
    port_contracts::position_store_contract!(all_on & redis.live_store());
    port_contracts::telemetry_bus_contract!(all_on & redis.telemetry_bus(noon(), 1024 * 1024));
    let space: String = cmd("INFO")
        .arg("keyspace")
        .query_async(&mut administrator)
        .await
        .expect("information");
    assert!(space.contains("db3:") && !space.contains("db0:"), "{space}");
}

/// Returns the text with every byte percent-encoded.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[rstest]
#[case("two words")]
#[case("\"quoted\"")]
#[case("back\\slash")]
#[case("it's")]
#[case("a\r\nPING\r\n")]
#[case("pass%20word+?#@:/")]
#[case("пароль")]
#[case("\\x41")]
#[tokio::test]
async fn a_password_of_any_characters_works_with_both_clients(#[case] password: &str) {
    let server = RedisServer::start();
    let set = cmd("ACL")
        .arg(&[
            "SETUSER",
            "o'neill",
            "on",
            "allcommands",
            "allkeys",
            "allchannels",
        ])
        .arg(format!(">{password}"))
        .exec_async(&mut server.connection().await)
        .await;
    set.expect("a user");
    let set = cmd("CONFIG")
        .arg(&["SET", "requirepass", password])
        .exec_async(&mut server.connection().await)
        .await;
    set.expect("a setting");
    for login in [String::new(), encoded("o'neill")] {
        let redis = redis_at(&format!(
            "redis://{login}:{}@127.0.0.1:{}",
            encoded(password),
            server.port()
        ));
        port_contracts::state_store_contract!(all_on & redis.live_store());
        port_contracts::telemetry_bus_contract!(all_on & redis.telemetry_bus(noon(), 1024 * 1024));
    }
}

#[tokio::test]
async fn all_ports_work_at_an_ipv6_address() {
    let server = RedisServer::start();
    check_all_ports(&redis_at(&format!("redis://[::1]:{}", server.port())), server).await;
}

#[tokio::test]
async fn all_ports_work_on_a_cluster_at_ipv6_addresses() {
    let server = RedisServer::start_cluster_at("::1");
    // The first node is unavailable, so the second one has to be parsed correctly.
    let away = test_stores::ports::free_port(15_000..22_000);
    let url = format!("redis-cluster://[::1]:{away}?node=[::1]:{}", server.port());
    check_all_ports(&redis_at(&url), server).await;
}

#[tokio::test]
async fn all_ports_work_with_sentinels_at_ipv6_addresses() {
    let server = RedisServer::start();
    let sentinel = server.start_sentinel();
    let away = test_stores::ports::free_port(15_000..22_000);
    let url = format!(
        "redis-sentinel://[::1]:{away}?node=[::1]:{}&sentinelServiceName=mymaster",
        sentinel.port()
    );
    check_all_ports(&redis_at(&url), server).await;
}

#[tokio::test]
async fn a_replica_is_reported_as_read_only() {
    let server = RedisServer::start();
    let replica = server.start_replica();
    let redis = redis_at(&replica.url());
    let found = redis.probe().await.expect("it answers");
    let reason = "the server is a read-only replica";
    assert_eq!(found, Capability::ReadOnly { reason });
}

#[tokio::test]
async fn a_user_without_write_permission_is_reported() {
    let server = RedisServer::start();
    let set = cmd("ACL")
        .arg(&[
            "SETUSER",
            "reader",
            "on",
            ">p",
            "allkeys",
            "allchannels",
            "+@read",
            "+@connection",
        ])
        .exec_async(&mut server.connection().await)
        .await;
    set.expect("a user");
    let redis = redis_at(&format!("redis://reader:p@127.0.0.1:{}", server.port()));
    let found = redis.probe().await.expect("it answers");
    let reason = "the user lacks write permission";
    assert_eq!(found, Capability::ReadOnly { reason });
}

#[tokio::test]
async fn the_documented_permissions_are_sufficient() {
    for server in [RedisServer::start(), RedisServer::start_cluster()] {
        set_documented_permissions(&server).await;
        let url = server.url().replace("://", "://fleetwatch:password@");
        check_all_ports(&redis_at(&url), server).await;
    }
}

#[tokio::test]
async fn the_documented_permissions_are_sufficient_for_sharded_channels() {
    let server = RedisServer::start();
    set_documented_permissions(&server).await;
    let redis = redis_with_shards(&server.url().replace("://", "://fleetwatch:password@"), 2);
    port_contracts::telemetry_bus_contract!(all_on & redis.telemetry_bus(noon(), 1024 * 1024));
}

async fn set_documented_permissions(server: &RedisServer) {
    let document = include_str!("../../../../docs/redis.md");
    let line = document
        .lines()
        .find_map(|line| line.strip_prefix("redis-cli ACL SETUSER fleetwatch"))
        .expect("the command");
    let line = format!("ACL SETUSER fleetwatch{}", line.replace('\'', ""));
    let mut words = line.split(' ');
    let mut command = cmd(words.next().expect("a word"));
    let set = command
        .arg(words.collect::<Vec<_>>())
        .exec_async(&mut server.connection().await)
        .await;
    set.expect("a user");
}

#[tokio::test]
async fn a_restarted_cluster_is_used_again() {
    let mut server = RedisServer::start_cluster();
    let redis = redis_at(&server.url());
    check_comes_back(&redis, &mut server).await;
}

#[tokio::test]
async fn a_restarted_master_is_used_again() {
    let mut server = RedisServer::start();
    let sentinel = server.start_sentinel();
    check_comes_back(&redis_at(&sentinel.url()), &mut server).await;
}

async fn check_comes_back(redis: &Redis, server: &mut RedisServer) {
    let (store, bus) = (redis.live_store(), redis.telemetry_bus(noon(), 1024 * 1024));
    let mut feed = telemetry_bus::a_feed(&bus).await;
    port_contracts::state_store_contract!(all_on & store);
    server.kill();
    assert!(matches!(telemetry_bus::next(&mut feed).await, FeedEvent::Down));
    assert!(redis.ping().await.is_err_and(|error| error.is_unavailable()));

    server.restart_empty();
    assert!(matches!(telemetry_bus::next(&mut feed).await, FeedEvent::Up));
    let answers = async { while redis.ping().await.is_err() {} };
    tokio::time::timeout(DEADLINE, answers)
        .await
        .expect("commands should reach it too");
    port_contracts::state_store_contract!(all_on & store);
    port_contracts::telemetry_bus_contract!(all_on & bus);
}
