//! Dead letters, administered through REST and on the command line while servers are running.

use std::process::Output;

use deadpool_redis::redis::cmd;
use serde_json::{Value, json};

use super::support::{Plant, Program, now_ms, position, until_ok};
use crate::command_line::{fleetwatch, fleetwatch_with_input, stderr, stdout};

const POSITION: &str = "vehicle:position:update";

/// Waits until there is this number of dead letters, and returns them, newest first.
pub(super) async fn until_letters(program: &Program, count: usize) -> Vec<Value> {
    until_ok(&format!("{count} dead letters"), || async {
        let page = listed(program, "").await;
        let items = page["items"].as_array().expect("a list");
        (items.len() == count).then(|| items.clone())
    })
    .await
}

async fn listed(program: &Program, query: &str) -> Value {
    let path = format!("/api/dead-letters{query}");
    let (status, page) = program.as_administrator("GET", &path, None).await;
    assert_eq!(status, 200, "{page}");
    page
}

async fn post(program: &Program, path: &str) -> (u16, Value) {
    let path = format!("/api/dead-letters{path}");
    program.as_administrator("POST", &path, None).await
}

pub(super) fn id_of(letter: &Value) -> &str {
    letter["id"].as_str().expect("an id")
}

/// Runs `fleetwatch dlq` on the stores of a plant.
fn dlq(plant: &Plant, arguments: &[&str]) -> Output {
    let (database, redis) = (plant.database.url(), plant.redis.url());
    let variables = [
        ("FLEETWATCH_DATABASE__URL", database.as_str()),
        ("FLEETWATCH_REDIS__URL", redis.as_str()),
    ];
    fleetwatch(&[&["dlq"][..], arguments].concat(), &variables)
}

fn succeeded(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    stdout(output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_message_reaches_the_clients_of_all_servers() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let vehicle = program.create("Enabled later").await;
    // Started afterwards, so that both servers know the vehicle and reject the message for the same reason.
    let other = plant.another(&[]).await;
    let mut robot = plant.robot().await;
    robot.is_at(&vehicle, 3.0).await;
    let letters = until_letters(program, 1).await;
    let letter = &letters[0];
    assert_eq!(
        (&letter["reason"], &letter["vehicleId"], &letter["channel"]),
        (&json!("disabled_vehicle"), &json!(vehicle), &json!(POSITION))
    );
    let path = format!("/{}/replay", id_of(letter));
    let (status, refused) = post(program, &path).await;
    assert_eq!(
        (status, &refused["outcome"], &refused["rejection"]["reason"]),
        (200, &json!("REJECTED"), &json!("disabled_vehicle"))
    );

    let mut clients = [program.watch_all().await, other.watch_all().await];
    program
        .mutate("enableVehicle(id: $id) { isEnabled }", &vehicle)
        .await;
    until_ok("the other server knows that it is enabled", || async {
        (other.metric("fleetwatch_active_vehicles").await == 1.0).then_some(())
    })
    .await;
    let replayed = until_ok("the message is accepted", || async {
        let (status, replayed) = post(program, &path).await;
        (status == 200 && replayed["outcome"] == "ACCEPTED").then_some(replayed)
    })
    .await;
    assert_eq!(replayed, json!({"outcome": "ACCEPTED", "rejection": null}));
    for client in &mut clients {
        client.until_at(&vehicle, 3.0).await;
    }
    let left = listed(program, "").await;
    assert_eq!(left["totalCount"], 0, "{left}");
    let path = format!("/api/dead-letters/{}", id_of(letter));
    assert_eq!(program.as_administrator("GET", &path, None).await.0, 404);

    let audit = "/api/audit?action=deadLetter.replay&first=1";
    let (_, entries) = program.as_administrator("GET", audit, None).await;
    let entry = &entries["items"][0];
    assert_eq!(entry["subjectId"], json!(vehicle));
    assert_eq!(
        (&entry["after"]["deadLetterId"], &entry["after"]["accepted"]),
        (&letter["id"], &json!(1))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_would_be_rejected_again_does_not_become_another_letter() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let vehicle = program.create_enabled("Jumping").await;
    let mut client = program.watch_all().await;
    let mut robot = plant.robot().await;
    robot.is_at(&vehicle, 0.0).await;
    client.until_at(&vehicle, 0.0).await;
    robot.is_at(&vehicle, 5_000.0).await;
    robot.publish(POSITION, b"\xff hello").await;
    let letters = until_letters(program, 2).await;
    for letter in letters.iter().cycle().take(6) {
        let (status, replayed) = post(program, &format!("/{}/replay", id_of(letter))).await;
        assert_eq!((status, &replayed["outcome"]), (200, &json!("REJECTED")));
        assert_eq!(replayed["rejection"]["reason"], letter["reason"]);
        assert_eq!(replayed["rejection"]["detail"], letter["detail"]);
    }
    let (_, replayed) = post(program, "/replay?all=true").await;
    assert_eq!(
        (
            &replayed["accepted"],
            replayed["rejected"].as_array().map(Vec::len)
        ),
        (&json!(0), Some(2))
    );
    robot.is_at(&vehicle, 0.5).await;
    client.until_at(&vehicle, 0.5).await;
    assert_eq!(robot.dead_letters().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_message_is_kept_with_its_vehicle_but_cannot_be_replayed() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let vehicle = program.create("Verbose").await;
    let mut long = position(&vehicle, 1.0);
    long["aaa_note"] = "x".repeat(6_000).into();
    plant.robot().await.publish(POSITION, long.to_string()).await;
    let letter = until_letters(program, 1).await.remove(0);
    assert_eq!(
        (&letter["vehicleId"], &letter["isTruncated"], &letter["bytes"]),
        (&json!(vehicle), &json!(true), &json!(long.to_string().len()))
    );
    let (status, problem) = post(program, &format!("/{}/replay", id_of(&letter))).await;
    assert_eq!(status, 409, "{problem}");
    let detail = problem["detail"].as_str().expect("a text");
    assert!(detail.contains("only 4096 of the"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_of_an_organization_see_the_letters_of_its_vehicles() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let body = json!({"name": "Tenant"});
    let (_, tenant) = program
        .as_administrator("POST", "/api/organizations", Some(body))
        .await;
    let tenant = tenant["id"].as_str().expect("an id");
    let ana = program.create_user("ana", "ADMIN", Some(tenant)).await;
    let forklift = json!({
        "type": "FORKLIFT", "name": "Theirs", "manufacturer": "Acme", "details": {},
        "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1},
    });
    let (_, theirs) = program
        .rest("POST", "/api/vehicles", Some(&ana.access), Some(forklift))
        .await;
    let theirs = theirs["id"].as_str().expect("an id");
    let ours = program.create("Ours").await;
    let mut robot = plant.robot().await;
    robot.is_at(theirs, 1.0).await;
    robot.is_at(&ours, 1.0).await;
    robot.publish(POSITION, "hello").await;
    let all = until_letters(program, 3).await;

    let (_, page) = program
        .rest("GET", "/api/dead-letters", Some(&ana.access), None)
        .await;
    assert_eq!(page["totalCount"], 1);
    assert_eq!(page["items"][0]["vehicleId"], json!(theirs));
    let (_, dropped) = program
        .rest("DELETE", "/api/dead-letters?all=true", Some(&ana.access), None)
        .await;
    assert_eq!(dropped, json!({"dropped": 1, "endCursor": null}));
    let mut left = all;
    left.retain(|letter| letter["vehicleId"] != json!(theirs));
    assert_eq!(until_letters(program, 2).await, left);
    let (_, entries) = program
        .rest(
            "GET",
            "/api/audit?action=deadLetter.drop",
            Some(&ana.access),
            None,
        )
        .await;
    assert_eq!(entries["items"][0]["subjectId"], json!(theirs));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_dead_letters_are_unavailable() {
    let mut plant = Plant::start().await;
    let token = plant.program.administrator().await.access.clone();
    plant.redis.kill();
    for (method, path) in [
        ("GET", "/api/dead-letters"),
        ("GET", "/api/dead-letters/1-0"),
        ("POST", "/api/dead-letters/1-0/replay"),
        ("DELETE", "/api/dead-letters/1-0"),
    ] {
        let response = plant
            .program
            .request(method, path)
            .bearer_auth(&token)
            .send()
            .await;
        let response = response.expect("it listens");
        assert_eq!(response.status().as_u16(), 503, "{method} {path}");
        assert!(response.headers().contains_key("retry-after"), "{method} {path}");
    }
    let output = dlq(&plant, &["list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("Redis is unavailable"),
        "{}",
        stderr(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_type_is_an_empty_list_and_is_replaced_by_the_next_letter() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let mut robot = plant.robot().await;
    let set = cmd("SET")
        .arg(&["fleetwatch:dlq", "mine"])
        .exec_async(&mut robot.connection)
        .await;
    set.expect("Redis is there");
    assert_eq!(listed(program, "").await["totalCount"], 0);
    assert_eq!(post(program, "/1-0/replay").await.0, 404);
    let (status, replayed) = post(program, "/replay?all=true").await;
    assert_eq!((status, &replayed["accepted"]), (200, &json!(0)));
    assert_eq!(
        succeeded(&dlq(&plant, &["drop", "--all", "--yes"])),
        "0 dead letters dropped\n"
    );

    robot.publish(POSITION, "hello").await;
    let letters = until_letters(program, 1).await;
    assert_eq!(letters[0]["reason"], "not_json");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_and_shows_letters() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let vehicle = program.create("Disabled").await;
    let mut robot = plant.robot().await;
    robot.publish(POSITION, "\u{1b}[31m hello").await;
    until_letters(program, 1).await;
    robot.is_at(&vehicle, 1.0).await;
    let letters = until_letters(program, 2).await;
    let (newest, oldest) = (id_of(&letters[0]), id_of(&letters[1]));
    // An entry written by another program is neither listed nor counted.
    let note = cmd("XADD")
        .arg(&["fleetwatch:dlq", "*", "note", "hello"])
        .exec_async(&mut robot.connection)
        .await;
    note.expect("Redis is there");
    assert_eq!(listed(program, "").await["totalCount"], 2);

    let table = succeeded(&dlq(&plant, &["list"]));
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("ID "), "{table}");
    assert!(
        lines[1].contains(newest) && lines[1].contains(&vehicle),
        "{table}"
    );
    assert!(
        lines[2].contains(oldest) && lines[2].contains("not_json"),
        "{table}"
    );
    assert!(!table.contains('\u{1b}'), "{table}");
    let first = dlq(&plant, &["list", "--first", "1"]);
    assert!(stdout(&first).contains(newest), "{}", stdout(&first));
    let hint = stderr(&first);
    assert!(hint.contains("1 of 2 dead letters"), "{hint}");
    let cursor = hint.split_whitespace().next_back().expect("a cursor");
    let second = succeeded(&dlq(&plant, &["list", "--first", "1", "--after", cursor]));
    assert!(second.contains(oldest) && !second.contains(newest), "{second}");

    let json: Value = serde_json::from_str(&succeeded(&dlq(&plant, &["list", "--json"]))).expect("JSON");
    assert_eq!(json, listed(program, "").await);
    let of_vehicle = succeeded(&dlq(&plant, &["list", "--vehicle", &vehicle, "--json"]));
    let of_vehicle: Value = serde_json::from_str(&of_vehicle).expect("JSON");
    assert_eq!(of_vehicle["totalCount"], 1);

    let shown = succeeded(&dlq(&plant, &["show", oldest]));
    assert!(shown.contains("payload   \\u{1b}[31m hello\n"), "{shown}");
    let shown: Value =
        serde_json::from_str(&succeeded(&dlq(&plant, &["show", newest, "--json"]))).expect("JSON");
    assert_eq!(shown, letters[0]);
    let missing = dlq(&plant, &["show", "1-0"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(stderr(&missing).contains("dead letter not found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_replays_and_drops_letters_beside_a_server() {
    let plant = Plant::start().await;
    let program = &plant.program;
    let vehicle = program.create("Enabled later").await;
    let mut robot = plant.robot().await;
    for step in 0..3 {
        let mut message = position(&vehicle, f64::from(step));
        message["timestamp"] = (now_ms() - 3_000 + i64::from(step)).into();
        robot.publish(POSITION, message.to_string()).await;
    }
    until_letters(program, 3).await;
    robot.publish(POSITION, "hello").await;
    let letters = until_letters(program, 4).await;
    let (nameless, first) = (id_of(&letters[0]), id_of(&letters[3]));

    let early = dlq(&plant, &["replay", first]);
    assert_eq!(early.status.code(), Some(1));
    assert!(
        stdout(&early).contains("rejected: disabled_vehicle"),
        "{}",
        stdout(&early)
    );
    let mut client = program.watch_all().await;
    program
        .mutate("enableVehicle(id: $id) { isEnabled }", &vehicle)
        .await;
    assert_eq!(
        succeeded(&dlq(&plant, &["replay", first])),
        format!("{first}: accepted\n")
    );
    client.until_at(&vehicle, 0.0).await;

    let unconfirmed = dlq(&plant, &["replay", "--vehicle", &vehicle]);
    assert_eq!(unconfirmed.status.code(), Some(2));
    assert!(
        stderr(&unconfirmed).contains("replay 2 dead letters: add --yes to confirm"),
        "{}",
        stderr(&unconfirmed)
    );
    let all = succeeded(&dlq(&plant, &["replay", "--all", "--yes", "--json"]));
    let all: Value = serde_json::from_str(&all).expect("JSON");
    assert_eq!(
        all,
        json!({"accepted": 2, "rejected": [{"reason": "not_json", "count": 1}], "incomplete": 0})
    );
    client.until_at(&vehicle, 2.0).await;
    let left = until_letters(program, 1).await;
    assert_eq!(id_of(&left[0]), nameless);

    assert_eq!(
        succeeded(&dlq(&plant, &["drop", nameless])),
        format!("{nameless}: dropped\n")
    );
    let again = dlq(&plant, &["drop", nameless, "--json"]);
    assert_eq!(again.status.code(), Some(1));
    let printed: Value = serde_json::from_str(&stdout(&again)).expect("JSON");
    assert_eq!(printed, json!({"id": nameless, "error": "dead letter not found"}));
    robot.publish(POSITION, "hello").await;
    robot.publish(POSITION, "hello again").await;
    until_letters(program, 2).await;
    assert_eq!(
        succeeded(&dlq(&plant, &["drop", "--reason", "not_json", "--yes"])),
        "2 dead letters dropped\n"
    );
    assert_eq!(
        succeeded(&dlq(&plant, &["drop", "--all", "--yes"])),
        "0 dead letters dropped\n"
    );

    let audit = "/api/audit?action=deadLetter.drop";
    let (_, entries) = program.as_administrator("GET", audit, None).await;
    assert_eq!(
        (&entries["totalCount"], &entries["items"][0]["actorName"]),
        (&json!(2), &json!("command-line"))
    );
}

#[test]
fn the_command_line_says_where_the_letters_are_without_redis() {
    for arguments in [
        &["dlq", "list"][..],
        &["dlq", "show", "1-0"],
        &["dlq", "replay", "1-0"],
        &["dlq", "drop", "--all", "--yes"],
    ] {
        let output = fleetwatch(arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let printed = stderr(&output);
        assert!(
            printed.contains("FLEETWATCH_REDIS__URL")
                && printed.contains("in the memory of the server's process"),
            "{printed}"
        );
    }
}

#[test]
fn letters_must_be_chosen_in_one_way() {
    let variables = [("FLEETWATCH_REDIS__URL", "redis://127.0.0.1:1")];
    for arguments in [
        &["dlq", "drop"][..],
        &["dlq", "replay"],
        &["dlq", "drop", "1-0", "--all"],
        &["dlq", "drop", "1-0", "--reason", "jump"],
        &["dlq", "drop", "--all", "--reason", "jump"],
        &["dlq", "drop", "latest"],
        &["dlq", "list", "--reason", "dislike"],
    ] {
        let output = fleetwatch_with_input(arguments, &variables, "yes\n");
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {}", stderr(&output));
    }
}
