//! Failover of Redis while a simulated fleet publishes on sharded channels.

use std::{
    process::Stdio,
    time::{SystemTime, UNIX_EPOCH},
};

use deadpool_redis::redis::{AsyncCommands as _, aio::MultiplexedConnection};
use test_stores::{postgres::TestDatabase, redis::SentinelService};
use tokio::process::{Child, Command};

use super::support::{Client, Program, until_ok};

const VEHICLES: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_fleet_is_live_again_after_a_failover() {
    let (database, mut service) = (TestDatabase::create().await, SentinelService::start());
    let (database_url, redis_url) = (database.url(), service.url());
    let settings = [
        ("DATABASE__URL", &*database_url),
        ("REDIS__URL", &*redis_url),
        ("REDIS__CHANNEL_SHARDS", "4"),
    ];
    let program = Program::serve(&settings).await;
    program.until_fed().await;
    let _robots = simulate(&settings);
    let began = now_ms();
    until_all_keys_are_newer(&mut service.servers()[0].connection().await, began).await;
    let plain: (String, u64) = deadpool_redis::redis::cmd("PUBSUB")
        .arg(&["SHARDNUMSUB", "vehicle:position:update:3"])
        .query_async(&mut service.servers()[0].connection().await)
        .await
        .expect("Redis is up");
    assert_eq!(plain.1, 1, "the server subscribes to the shards");
    let mut client = program.watch_all().await;

    service.kill(0);
    until_feed(&mut client, "down").await;
    until_feed(&mut client, "up").await;
    let (up, master) = (now_ms(), service.master().await.expect("a new master"));
    let mut vehicles = std::collections::HashSet::new();
    while vehicles.len() < VEHICLES {
        let message = client.next_json().await;
        let events = message["events"].as_array().map_or(&[][..], |events| events);
        let moved = events.iter().filter(|event| event["type"] == "positionUpdate");
        vehicles.extend(moved.map(|event| event["vehicleId"].as_str().expect("an id").to_owned()));
    }
    let mut connection = service.servers()[master].connection().await;
    until_all_keys_are_newer(&mut connection, up).await;
    let active: usize = connection.scard("vehicles:active").await.expect("Redis is up");
    assert_eq!(active, VEHICLES);
}

/// Runs `fleetwatch simulate` until the result is dropped.
fn simulate(settings: &[(&str, &str)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fleetwatch"))
        .args(["simulate", "--vehicles", &VEHICLES.to_string()])
        .env_clear()
        .envs(
            settings
                .iter()
                .map(|(name, value)| (format!("FLEETWATCH_{name}"), value)),
        )
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the program was built with this test")
}

async fn until_feed(client: &mut Client, status: &str) {
    client
        .until(&format!("the feed is {status}"), |message| {
            (message["type"] == "feed" && message["status"] == status).then_some(())
        })
        .await;
}

/// Waits until there are position keys for the whole fleet, all of them newer than a given time.
async fn until_all_keys_are_newer(connection: &mut MultiplexedConnection, than_ms: u128) {
    until_ok("the keys of the fleet are newer", || {
        let mut connection = connection.clone();
        async move {
            let keys: Vec<String> = connection
                .keys("vehicle:{*}:position")
                .await
                .expect("Redis is up");
            let mut newer = 0;
            for key in keys {
                let timestamp: String = connection.hget(key, "timestamp").await.expect("Redis is up");
                newer += usize::from(timestamp.parse::<u128>().expect("a time") > than_ms);
            }
            (newer == VEHICLES).then_some(())
        }
    })
    .await;
}

fn now_ms() -> u128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("after 1970").as_millis()
}
