//! Replays and drops of the same dead letters at the same time, by several servers and commands.

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{
    dead_letters::{id_of, until_letters},
    support::{Plant, Program, now_ms, position, until_ok},
};
use crate::command_line::{fleetwatch, stderr, stdout};

const POSITION: &str = "vehicle:position:update";

/// Two servers, and dead letters of a vehicle that has been enabled since.
struct Scene {
    plant: Plant,
    other: Program,
    vehicle: String,
    /// Ids of the letters, newest first.
    letters: Vec<String>,
}

impl Scene {
    async fn with_letters(count: u8) -> Self {
        let plant = Plant::start().await;
        let vehicle = plant.program.create("Enabled later").await;
        // Started afterwards, so that both servers know the vehicle and reject its messages for the same reason.
        let other = plant.another(&[]).await;
        let mut robot = plant.robot().await;
        let first_ms = now_ms() - 60_000;
        for step in 0..count {
            let mut message = position(&vehicle, f64::from(step) / 100.0);
            message["timestamp"] = (first_ms + 10 * i64::from(step)).into();
            robot.publish(POSITION, message.to_string()).await;
        }
        let letters = until_letters(&plant.program, count.into()).await;
        plant
            .program
            .mutate("enableVehicle(id: $id) { isEnabled }", &vehicle)
            .await;
        until_ok("the other server knows that it is enabled", || async {
            (other.metric("fleetwatch_active_vehicles").await == 1.0).then_some(())
        })
        .await;
        Self {
            letters: letters.iter().map(|letter| id_of(letter).to_owned()).collect(),
            plant,
            other,
            vehicle,
        }
    }

    fn servers(&self) -> [&Program; 2] {
        [&self.plant.program, &self.other]
    }

    /// Sends the same request to both servers several times at once.
    async fn ask(&self, times: usize, method: &str, path: &str) -> Vec<(u16, Value)> {
        let servers = self.servers().into_iter().cycle().take(times);
        let path = format!("/api/dead-letters{path}");
        let path = path.as_str();
        // Logging in takes a long time, which differs between the servers.
        for server in self.servers() {
            server.administrator().await;
        }
        join_all(servers.map(|server| server.as_administrator(method, path, None))).await
    }

    /// Checks that the servers have accepted this number of messages and rejected none, and that no letter is left.
    async fn check_published(&self, expected: u64) {
        // A message that was published twice would arrive before this one.
        self.plant.robot().await.is_at(&self.vehicle, 1.0).await;
        let outcome = |outcome: &str| {
            format!("fleetwatch_ingest_messages_total{{channel=\"{POSITION}\",outcome=\"{outcome}\"}}")
        };
        let (accepted, late) = (outcome("accepted"), outcome("out_of_order"));
        for server in self.servers() {
            until_ok("the last message has arrived", || async {
                (server.metric(&accepted).await >= (expected + 1) as f64).then_some(())
            })
            .await;
            assert_eq!(server.metric(&accepted).await, (expected + 1) as f64);
            assert_eq!(server.metric(&late).await, 0.0);
        }
        until_letters(&self.plant.program, 0).await;
    }

    /// Returns the numbers in all audit entries about an action.
    async fn audited(&self, action: &str, count: impl Fn(&Value) -> &Value) -> Vec<u64> {
        let path = format!("/api/audit?action={action}");
        let (_, page) = self.plant.program.as_administrator("GET", &path, None).await;
        let items = page["items"].as_array().expect("a list");
        items
            .iter()
            .map(|entry| count(entry).as_u64().expect("a number"))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_replays_of_a_letter_one_publishes_it() {
    let scene = Scene::with_letters(1).await;
    let path = format!("/{}/replay", scene.letters[0]);
    let mut answers = scene.ask(8, "POST", &path).await;
    answers.sort_by_key(|(status, _)| *status);
    assert_eq!(
        answers[0],
        (200, json!({"outcome": "ACCEPTED", "rejection": null}))
    );
    for (status, problem) in &answers[1..] {
        assert_eq!(
            (*status, &problem["detail"]),
            (404, &json!("dead letter not found"))
        );
    }
    let audited = scene.audited("deadLetter.replay", |entry| &entry["after"]["accepted"]);
    assert_eq!(audited.await, [1]);
    scene.check_published(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_replays_of_all_letters_publish_each_once() {
    let scene = Scene::with_letters(20).await;
    let (database, redis) = (scene.plant.database.url(), scene.plant.redis.url());
    let commands = [(); 2].map(|()| {
        let (database, redis) = (database.clone(), redis.clone());
        spawn_blocking(move || {
            let variables = [
                ("FLEETWATCH_DATABASE__URL", database.as_str()),
                ("FLEETWATCH_REDIS__URL", redis.as_str()),
            ];
            fleetwatch(&["dlq", "replay", "--all", "--yes", "--json"], &variables)
        })
    });
    let (answers, commands) = futures::join!(scene.ask(4, "POST", "/replay?all=true"), join_all(commands));
    let of_servers = answers.into_iter().map(|(status, replayed)| {
        assert_eq!(status, 200, "{replayed}");
        replayed
    });
    let of_commands = commands.into_iter().map(|output| -> Value {
        let output = output.expect("it does not panic");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_str(&stdout(&output)).expect("JSON")
    });
    let replayed: Vec<Value> = of_servers.chain(of_commands).collect();
    let accepted = replayed.iter().map(|replayed| {
        assert_eq!(
            (&replayed["rejected"], &replayed["incomplete"]),
            (&json!([]), &json!(0))
        );
        replayed["accepted"].as_u64().expect("a number")
    });
    assert_eq!(accepted.sum::<u64>(), 20, "{replayed:?}");
    let audited = scene.audited("deadLetter.replay", |entry| &entry["after"]["accepted"]);
    assert_eq!(audited.await.iter().sum::<u64>(), 20);
    scene.check_published(20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_either_replayed_or_dropped() {
    let scene = Scene::with_letters(20).await;
    let (replays, drops) = futures::join!(
        scene.ask(2, "POST", "/replay?all=true"),
        scene.ask(2, "DELETE", "?all=true"),
    );
    let sum = |answers: &[(u16, Value)], field: &str| -> u64 {
        let numbers = answers.iter().map(|(status, answer)| {
            assert_eq!(*status, 200, "{answer}");
            answer[field].as_u64().expect("a number")
        });
        numbers.sum()
    };
    let (accepted, dropped) = (sum(&replays, "accepted"), sum(&drops, "dropped"));
    assert_eq!(accepted + dropped, 20, "{replays:?} {drops:?}");
    let audited = scene.audited("deadLetter.replay", |entry| &entry["after"]["accepted"]);
    assert_eq!(audited.await.iter().sum::<u64>(), accepted);
    let audited = scene.audited("deadLetter.drop", |entry| &entry["before"]["count"]);
    assert_eq!(audited.await.iter().sum::<u64>(), dropped);
    scene.check_published(accepted).await;
}
