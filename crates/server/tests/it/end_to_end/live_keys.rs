//! Lost, damaged and expired live keys of parked vehicles.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use deadpool_redis::redis::{AsyncCommands as _, aio::MultiplexedConnection, cmd};
use serde_json::{Value, json};

use super::support::{Plant, now_ms, until_ok};

/// Time within which lost keys are restored.
const HEALED_WITHIN: Duration = Duration::from_secs(10);

/// A plant with a vehicle that has published one position and one state.
struct Parked {
    plant: Plant,
    vehicle: String,
    redis: MultiplexedConnection,
}

impl Parked {
    async fn with(variables: &[(&str, &str)]) -> Self {
        let plant = Plant::with(variables).await;
        let vehicle = plant.program.create_enabled("Parked").await;
        let mut robot = plant.robot().await;
        robot.is_at(&vehicle, 1.0).await;
        let state = json!({
            "vehicleId": vehicle, "currentSpeed": 0, "batteryLevel": 80, "lastUpdateTime": now_ms(),
        });
        robot.publish("vehicle:state:update", state.to_string()).await;
        let redis = plant.redis.connection().await;
        Self {
            plant,
            vehicle,
            redis,
        }
    }

    fn key(&self, part: &str) -> String {
        format!("vehicle:{{{}}}:{part}", self.vehicle)
    }

    /// Returns the parts of the vehicle's keys that are missing.
    async fn missing(&self) -> Vec<String> {
        let mut redis = self.redis.clone();
        let mut missing = Vec::new();
        for part in ["position", "state", "last_update"] {
            let is_there: bool = redis.exists(self.key(part)).await.expect("it is there");
            missing.extend((!is_there).then(|| part.to_owned()));
        }
        let is_active: bool = redis
            .sismember("vehicles:active", &self.vehicle)
            .await
            .unwrap_or(false); // the key has another type
        missing.extend((!is_active).then(|| "active".to_owned()));
        let place: Option<f64> = redis
            .zscore("vehicles:positions", &self.vehicle)
            .await
            .expect("it is there");
        missing.extend(place.is_none().then(|| "map".to_owned()));
        missing
    }

    async fn until_whole(&self, what: &str) {
        until_ok(what, || async { self.missing().await.is_empty().then_some(()) }).await;
    }

    async fn command(&self, words: &[&str]) {
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        command
            .exec_async(&mut self.redis.clone())
            .await
            .expect("Redis takes the command");
    }

    async fn sync_status(&self) -> Value {
        let query = "query($id: ID!) { vehicle(id: $id) { mapping { syncStatus } } }";
        let answer = self
            .plant
            .program
            .graphql(query, json!({"id": self.vehicle}))
            .await;
        answer["data"]["vehicle"]["mapping"]["syncStatus"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_keys_of_a_parked_vehicle_are_restored() {
    let parked = Parked::with(&[]).await;
    parked.until_whole("the keys are written").await;
    until_ok("in step", || async {
        (parked.sync_status().await == "SYNCED").then_some(())
    })
    .await;
    let (position, state, last_update) = (
        parked.key("position"),
        parked.key("state"),
        parked.key("last_update"),
    );
    let vehicle = &*parked.vehicle;
    let removals: [&[&[&str]]; 4] = [
        &[&["FLUSHALL"]],
        &[
            &["DEL", "vehicles:active"],
            &["DEL", &position],
            &["HDEL", &state, "lastUpdateTime"],
        ],
        &[
            &["DEL", "vehicles:positions"],
            &["DEL", &state],
            &["DEL", &last_update],
        ],
        &[
            &["SET", "vehicles:active", "of another type"],
            &["ZREM", "vehicles:positions", vehicle],
            &["HSET", &position, "timestamp", "1000", "x", "9"],
        ],
    ];
    for removal in removals {
        for words in removal {
            parked.command(words).await;
        }
        let removed_at = Instant::now();
        let is_healed = || async {
            let x: Option<String> = parked.redis.clone().hget(&position, "x").await.ok()?;
            let time: Option<String> = parked.redis.clone().hget(&state, "lastUpdateTime").await.ok()?;
            let is_healed = parked.missing().await.is_empty() && x.as_deref() == Some("1") && time.is_some();
            is_healed.then_some(())
        };
        until_ok(&format!("restored after {removal:?}"), is_healed).await;
        assert!(
            removed_at.elapsed() < HEALED_WITHIN,
            "{removal:?}: {:?}",
            removed_at.elapsed()
        );
    }
    let left: i64 = parked
        .redis
        .clone()
        .pttl(&position)
        .await
        .expect("a time to live");
    assert!(
        left < 86_400_000 - 5_000,
        "restored keys keep their original expiry: {left} ms"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_key_of_a_parked_vehicle_is_repaired() {
    let parked = Parked::with(&[]).await;
    // Another server has read the same values from the keys, and must agree on their content.
    let other = parked.plant.another(&[]).await;
    parked.until_whole("the keys are written").await;
    until_ok("in step", || async {
        (parked.sync_status().await == "SYNCED").then_some(())
    })
    .await;
    let (position, state, last_update) = (
        parked.key("position"),
        parked.key("state"),
        parked.key("last_update"),
    );
    let vehicle = &*parked.vehicle;
    let content = || async {
        let mut redis = parked.redis.clone();
        let position: BTreeMap<String, String> = redis.hgetall(&position).await.ok()?;
        let state: BTreeMap<String, String> = redis.hgetall(&state).await.ok()?;
        let last_update: String = redis.get(&last_update).await.ok()?;
        let score: f64 = redis.zscore("vehicles:positions", vehicle).await.ok()?;
        Some((position, state, last_update, score))
    };
    let intact = content().await.expect("all keys are there");
    let damages: [&[&[&str]]; 3] = [
        &[
            &["HSET", &position, "x", "abc"],
            &["HSET", &state, "batteryLevel", "7"],
        ],
        &[
            &["HSET", &position, "x", "1e9"],
            &["ZADD", "vehicles:positions", "17", vehicle],
            &["PERSIST", &state],
        ],
        &[
            &["ZADD", "vehicles:positions", "17", vehicle],
            &["PERSIST", &position],
            &["PERSIST", &last_update],
        ],
    ];
    for damage in damages {
        for words in damage {
            parked.command(words).await;
        }
        let damaged_at = Instant::now();
        until_ok(&format!("repaired after {damage:?}"), || async {
            for key in [&position, &state, &last_update] {
                let left: i64 = parked.redis.clone().pttl(key).await.ok()?;
                if left < 0 {
                    return None;
                }
            }
            (content().await.as_ref() == Some(&intact)).then_some(())
        })
        .await;
        assert!(
            damaged_at.elapsed() < HEALED_WITHIN,
            "{damage:?}: {:?}",
            damaged_at.elapsed()
        );
    }
    // Intact keys are not rewritten by either server.
    let healed = "fleetwatch_live_keys_healed_total";
    let before = (
        parked.plant.program.metric(healed).await,
        other.metric(healed).await,
    );
    assert!(before.0 + before.1 >= 3.0, "{before:?}");
    parked.command(&["DEL", "vehicles:active"]).await;
    parked.until_whole("all was compared").await;
    assert_eq!(content().await, Some(intact));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_key_is_not_overwritten() {
    let parked = Parked::with(&[]).await;
    parked.until_whole("the keys are written").await;
    let (position, newer) = (parked.key("position"), (now_ms() + 2_000).to_string());
    parked
        .command(&["HSET", &position, "timestamp", &newer, "x", "77"])
        .await;
    parked.command(&["DEL", "vehicles:active"]).await;
    parked.until_whole("all was compared").await;
    let x: String = parked.redis.clone().hget(&position, "x").await.expect("a number");
    assert_eq!(x, "77");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_members_of_the_shared_keys_are_removed() {
    let parked = Parked::with(&[]).await;
    parked.until_whole("the keys are written").await;
    let stranger = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";
    parked
        .command(&["SADD", "vehicles:active", stranger, "garbage"])
        .await;
    parked
        .command(&[
            "GEOADD",
            "vehicles:positions",
            "1",
            "1",
            stranger,
            "1",
            "2",
            "garbage",
        ])
        .await;
    until_ok("only the vehicle is left", || async {
        let mut redis = parked.redis.clone();
        let active: Vec<String> = redis.smembers("vehicles:active").await.ok()?;
        let on_map: Vec<String> = redis.zrange("vehicles:positions", 0, -1).await.ok()?;
        let expected = [parked.vehicle.clone()];
        (active == expected && on_map == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_is_out_of_sync_while_its_keys_are_lost() {
    let parked = Parked::with(&[]).await;
    parked.until_whole("the keys are written").await;
    until_ok("in step", || async {
        (parked.sync_status().await == "SYNCED").then_some(())
    })
    .await;
    // With maxmemory of 1 byte Redis still deletes keys, but rejects writes.
    parked.command(&["CONFIG", "SET", "maxmemory", "1"]).await;
    parked.command(&["DEL", &parked.key("position")]).await;
    until_ok("found to be lost", || async {
        (parked.sync_status().await != "SYNCED").then_some(())
    })
    .await;
    parked.command(&["CONFIG", "SET", "maxmemory", "0"]).await;
    parked.until_whole("written again").await;
    until_ok("in step again", || async {
        (parked.sync_status().await == "SYNCED").then_some(())
    })
    .await;
}

impl Parked {
    /// Copies the parked vehicle's position, with some fields changed, to the key of a vehicle, as other servers would.
    async fn keep(&self, vehicle: &str, fields: &[(&str, String)]) {
        let mut redis = self.redis.clone();
        let mut kept: BTreeMap<String, String> = redis.hgetall(self.key("position")).await.expect("a hash");
        kept.extend(
            fields
                .iter()
                .map(|(name, text)| ((*name).to_owned(), text.clone())),
        );
        let key = format!("vehicle:{{{vehicle}}}:position");
        let () = redis
            .hset_multiple(&key, &Vec::from_iter(kept))
            .await
            .expect("Redis takes it");
        let () = redis.expire(&key, 3_600).await.expect("Redis takes it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_received_by_another_server_only_are_delivered_from_keys() {
    let parked = Parked::with(&[]).await;
    parked.until_whole("the keys are written").await;
    let mut screen = parked.plant.program.watch_all().await;
    screen.until_at(&parked.vehicle, 1.0).await;
    let later = (now_ms() + 1_000).to_string();
    parked
        .keep(&parked.vehicle, &[("x", "5".to_owned()), ("timestamp", later)])
        .await;
    screen.until_at(&parked.vehicle, 5.0).await;

    let silent = parked.plant.program.create_enabled("Unheard").await;
    parked.keep(&silent, &[("x", "6".to_owned())]).await;
    let update = screen.until_at(&silent, 6.0).await;
    assert_eq!(update["vehicleId"], json!(silent));
}

#[tokio::test(flavor = "multi_thread")]
async fn enabling_a_vehicle_delivers_the_position_in_its_keys() {
    let parked = Parked::with(&[]).await;
    parked.until_whole("the keys are written").await;
    let program = &parked.plant.program;
    let vehicle = program.create("Disabled").await;
    parked.keep(&vehicle, &[("x", "7".to_owned())]).await;
    let mut screen = program.watch_all().await;
    screen.until_at(&parked.vehicle, 1.0).await;
    program.mutate("enableVehicle(id: $id) { id }", &vehicle).await;
    screen.until_at(&vehicle, 7.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_key_with_a_later_time_is_overwritten() {
    let parked = Parked::with(&[]).await;
    parked.until_whole("the keys are written").await;
    let position = parked.key("position");
    for (field, text) in [("x", "NaN"), ("x", "1e9"), ("qx", "nonsense")] {
        let later = now_ms().to_string();
        parked
            .command(&["HSET", &position, field, text, "timestamp", &later])
            .await;
        until_ok(&format!("{field} {text} is gone"), || async {
            let found: String = parked.redis.clone().hget(&position, field).await.ok()?;
            (found != text).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_keys_are_not_restored() {
    let parked = Parked::with(&[("LIVE__KEY_TTL_S", "3")]).await;
    parked.until_whole("the keys are written").await;
    until_ok("expired, and not in the geo index", || async {
        (parked.missing().await == ["position", "state", "last_update", "map"]).then_some(())
    })
    .await;
    // Another server reads all keys, and must not restore any of them.
    let other = parked.plant.another(&[("LIVE__KEY_TTL_S", "3")]).await;
    parked.command(&["DEL", "vehicles:active"]).await;
    until_ok("compared once more", || async {
        (!parked.missing().await.contains(&"active".to_owned())).then_some(())
    })
    .await;
    assert_eq!(
        parked.missing().await,
        ["position", "state", "last_update", "map"]
    );
    drop(other);
}
