//! Mismatches between the registry, the live tables of two servers and the live keys: they are repaired, counted and
//! announced once.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use deadpool_redis::redis::{AsyncCommands as _, aio::MultiplexedConnection, cmd};
use domain::vehicle::MismatchKind;
use serde_json::{Value, json};

use super::support::{Plant, Program, now_ms, until_ok};

/// Time within which damage is repaired.
const REPAIRED_WITHIN: Duration = Duration::from_secs(10);

const STRANGER: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

/// Content of a hash.
type Hash = BTreeMap<String, String>;

/// The keys of the vehicle: position, state and last update, and its members in the set and the geo index.
type Keys = (Hash, Hash, String, Vec<String>, Vec<String>);

/// Two servers, and a vehicle whose position and state both of them have received.
struct Parked {
    plant: Plant,
    other: Program,
    vehicle: String,
    redis: MultiplexedConnection,
}

impl Parked {
    async fn start() -> Self {
        let plant = Plant::start().await;
        let other = plant.another(&[]).await;
        let vehicle = plant.program.create_enabled("Parked").await;
        let redis = plant.redis.connection().await;
        let parked = Self {
            plant,
            other,
            vehicle,
            redis,
        };
        until_ok("both servers have received a position", || async {
            parked.plant.robot().await.is_at(&parked.vehicle, 1.0).await;
            for program in parked.servers() {
                if parked.mapping(program).await["connectionStatus"] != "CONNECTED" {
                    return None;
                }
            }
            Some(())
        })
        .await;
        let time = now_ms();
        let state = json!({
            "vehicleId": parked.vehicle, "currentSpeed": 0, "batteryLevel": 80, "lastUpdateTime": time,
        });
        let mut robot = parked.plant.robot().await;
        robot.publish("vehicle:state:update", state.to_string()).await;
        until_ok("the keys are written", || async {
            let (_, state, ..) = parked.keys().await?;
            (state.get("lastUpdateTime") == Some(&time.to_string())).then_some(())
        })
        .await;
        for program in parked.servers() {
            until_ok("the server is in sync", || async {
                (parked.mapping(program).await["syncStatus"] == "SYNCED").then_some(())
            })
            .await;
        }
        parked
    }

    fn servers(&self) -> [&Program; 2] {
        [&self.plant.program, &self.other]
    }

    fn key(&self, part: &str) -> String {
        format!("vehicle:{{{}}}:{part}", self.vehicle)
    }

    async fn keys(&self) -> Option<Keys> {
        let mut redis = self.redis.clone();
        let position: Hash = redis.hgetall(self.key("position")).await.ok()?;
        let state: Hash = redis.hgetall(self.key("state")).await.ok()?;
        let last_update: String = redis.get(self.key("last_update")).await.ok()?;
        let active: Vec<String> = redis.smembers("vehicles:active").await.ok()?;
        let on_map: Vec<String> = redis.zrange("vehicles:positions", 0, -1).await.ok()?;
        Some((position, state, last_update, active, on_map))
    }

    async fn command(&self, words: &[&str]) {
        let mut command = cmd(words[0]);
        command.arg(&words[1..]);
        command
            .exec_async(&mut self.redis.clone())
            .await
            .expect("Redis takes the command");
    }

    async fn mapping(&self, program: &Program) -> Value {
        let query = "query($id: ID!) { vehicle(id: $id) {
            mapping { syncStatus connectionStatus lastMismatch { kind detail at } }
        } }";
        let mut answer = program.graphql(query, json!({"id": self.vehicle})).await;
        answer["data"]["vehicle"]["mapping"].take()
    }

    /// Returns the number of mismatches that both servers have counted, by kind.
    async fn counted(&self) -> BTreeMap<&'static str, f64> {
        let mut counted = BTreeMap::new();
        for kind in MismatchKind::ALL {
            let metric = format!("fleetwatch_sync_mismatches_total{{kind=\"{kind}\"}}");
            for program in self.servers() {
                let count = program.metric(&metric).await;
                *counted.entry(kind.as_str()).or_default() += count;
            }
        }
        counted
    }

    /// Returns the kinds of the announced mismatches.
    async fn announced(&self) -> Vec<String> {
        let mut range = cmd("XRANGE");
        range.arg("fleetwatch:mismatches").arg("-").arg("+");
        let entries: Vec<(String, Hash)> = range
            .query_async(&mut self.redis.clone())
            .await
            .expect("a stream");
        let mut kinds: Vec<_> = entries
            .into_iter()
            .filter_map(|(_, mut fields)| fields.remove("kind"))
            .collect();
        kinds.sort();
        kinds
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_keys_are_repaired_counted_and_announced_once() {
    let parked = Parked::start().await;
    let intact = parked.keys().await.expect("all keys exist");
    let mut expected = parked.counted().await;
    let (position, state) = (parked.key("position"), parked.key("state"));
    let lease = format!("fleetwatch:lease:sync:{}", parked.vehicle);
    let damages: [(&[&[&str]], &[MismatchKind]); 6] = [
        (
            &[&["FLUSHALL"]],
            &[MismatchKind::LostKeys, MismatchKind::Unlisted],
        ),
        (&[&["DEL", "vehicles:active"]], &[MismatchKind::Unlisted]),
        (
            &[&["SADD", "vehicles:active", STRANGER]],
            &[MismatchKind::ForeignMember],
        ),
        (
            &[&["GEOADD", "vehicles:positions", "1", "1", "garbage"]],
            &[MismatchKind::ForeignMember],
        ),
        (
            &[
                &["HSET", &position, "x", "abc"],
                &["HSET", &state, "batteryLevel", "7"],
            ],
            &[MismatchKind::WrongKeys],
        ),
        // A server that exited during the repair has left its lease behind.
        (
            &[
                &["SET", &lease, "an ended server", "PX", "3000"],
                &["DEL", &position],
            ],
            &[MismatchKind::LostKeys],
        ),
    ];
    for (commands, kinds) in damages {
        for words in commands {
            parked.command(words).await;
        }
        let damaged_at = Instant::now();
        until_ok(&format!("repaired after {commands:?}"), || async {
            (parked.keys().await.as_ref() == Some(&intact)).then_some(())
        })
        .await;
        assert!(
            damaged_at.elapsed() < REPAIRED_WITHIN,
            "{commands:?}: {:?}",
            damaged_at.elapsed()
        );
        for kind in kinds {
            *expected.entry(kind.as_str()).or_default() += 1.0;
        }
    }
    until_ok("all are counted", || async {
        (parked.counted().await == expected).then_some(())
    })
    .await;
    let announced = [
        "foreign_member",
        "foreign_member",
        "lost_keys",
        "lost_keys",
        "unlisted",
        "unlisted",
        "wrong_keys",
    ];
    until_ok("all are announced", || async {
        (parked.announced().await == announced).then_some(())
    })
    .await;
    for program in parked.servers() {
        until_ok("every server knows the last one", || async {
            let mapping = parked.mapping(program).await;
            let detail = mapping["lastMismatch"]["detail"].as_str()?;
            let is_it = mapping["lastMismatch"]["kind"] == "lost_keys" && detail == "position: missing";
            is_it.then_some(())
        })
        .await;
    }
    // Both servers have compared the keys again since, and have found nothing.
    assert_eq!(parked.counted().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_hash_with_a_later_time_is_repaired_and_counted_once() {
    let parked = Parked::start().await;
    let mut expected = parked.counted().await;
    let (position, later) = (parked.key("position"), now_ms().to_string());
    parked
        .command(&["HSET", &position, "x", "NaN", "timestamp", &later])
        .await;
    let damaged_at = Instant::now();
    until_ok("the position is written again", || async {
        let (position, ..) = parked.keys().await?;
        (position.get("x").map(String::as_str) == Some("1")).then_some(())
    })
    .await;
    assert!(
        damaged_at.elapsed() < REPAIRED_WITHIN,
        "{:?}",
        damaged_at.elapsed()
    );
    *expected.entry("wrong_keys").or_default() += 1.0;
    // A repair of the set of active vehicles shows that both servers could have counted the other mismatch by now.
    parked.command(&["DEL", "vehicles:active"]).await;
    *expected.entry("unlisted").or_default() += 1.0;
    until_ok("both mismatches are counted", || async {
        (parked.counted().await == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_another_program_changes_take_effect_on_all_servers() {
    let parked = Parked::start().await;
    let mut expected = parked.counted().await;
    let client = parked.plant.database.client().await;
    let id = parked.vehicle.clone();
    // The first change increments the version, the second one does not.
    for (assignments, is_enabled) in [
        ("is_enabled = false, version = version + 1", false),
        ("is_enabled = true", true),
    ] {
        let change = format!("UPDATE vehicles SET {assignments} WHERE id = '{id}'");
        client.batch_execute(&change).await.expect("the row exists");
        *expected.entry("live_table").or_default() += 1.0;
        until_ok(&format!("effective: {assignments}"), || async {
            let active: Vec<String> = parked.redis.clone().smembers("vehicles:active").await.ok()?;
            let is_listed = active == [id.clone()];
            (is_listed == is_enabled && parked.counted().await == expected).then_some(())
        })
        .await;
        for program in parked.servers() {
            let rejected = "fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",\
                            outcome=\"disabled_vehicle\"}";
            let accepted = "fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",\
                            outcome=\"accepted\"}";
            let metric = if is_enabled { accepted } else { rejected };
            let before = program.metric(metric).await;
            until_ok("messages are judged by the row", || async {
                parked.plant.robot().await.is_at(&id, 1.0).await;
                (program.metric(metric).await > before).then_some(())
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_clear_the_cache() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let viewer = program.create_user("viewer", "VIEWER", None).await.access;
    let (status, problem) = program.rest("DELETE", "/api/cache", Some(&viewer), None).await;
    assert_eq!((status, &problem["status"]), (403, &json!(403)));
    let (status, body) = program.as_administrator("DELETE", "/api/cache", None).await;
    assert_eq!((status, body), (204, Value::Null));
    let mutation = "mutation { clearCache }";
    let answer = program.graphql_as(Some(&viewer), mutation, Value::Null).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let answer = program.graphql(mutation, Value::Null).await;
    assert_eq!(answer["data"], json!({"clearCache": true}));
}
