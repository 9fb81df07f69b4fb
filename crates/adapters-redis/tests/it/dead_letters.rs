//! The stream of dead letters.

use std::{collections::HashMap, sync::Arc};

use application::{
    ports::{DeadLetterId, DeadLetters, LETTERS_AT_ONCE, LetterOrder, LetterReplay},
    telemetry::{Channel, Content, DeadLetter, Reason, Rejection, Report},
};
use deadpool_redis::redis::{AsyncCommands, cmd};
use domain::telemetry::{Percentage, Timestamp};
use port_contracts::{
    dead_letters::{
        KeptLetter, two_servers_keep_each_message_once, two_servers_that_disagree_keep_each_message_once,
    },
    telemetry_bus::{a_feed, messages},
};
use test_stores::redis::RedisServer;

use crate::{noon, on_redis::OnRedis, once_available, redis_at};

#[tokio::test]
async fn a_message_is_kept_once_regardless_of_the_number_of_servers() {
    let server = Arc::new(RedisServer::start());
    let (first, second) = (redis_at(&server.url()), redis_at(&server.url()));
    let first = OnRedis::new(&first, &server);
    two_servers_keep_each_message_once(&first, &second.dead_letters()).await;
}

#[tokio::test]
async fn a_message_is_kept_once_whatever_the_reasons_of_the_servers() {
    let server = Arc::new(RedisServer::start());
    let (first, second) = (redis_at(&server.url()), redis_at(&server.url()));
    let first = OnRedis::new(&first, &server);
    two_servers_that_disagree_keep_each_message_once(&first, &second.dead_letters()).await;
}

fn broken() -> DeadLetter {
    DeadLetter::new(
        Channel::State,
        "broken".as_bytes(),
        Rejection::new(Reason::NotJson, "broken"),
        Timestamp::EPOCH,
    )
}

#[tokio::test]
async fn a_key_of_another_type_contains_no_letters_and_is_replaced() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let letters = redis_at(&server.url()).dead_letters();
    let () = connection.set("fleetwatch:dlq", "mine").await.expect("a text");
    let id = DeadLetterId { ms: 1, number: 0 };
    for order in [LetterOrder::OldestFirst, LetterOrder::NewestFirst] {
        let portion = letters.read(order, None).await.expect("Redis is up");
        assert!(portion.letters.is_empty() && portion.next.is_none());
    }
    assert!(letters.find(&[id]).await.expect("Redis is up").is_empty());
    assert_eq!(letters.remove(&[id]).await.expect("Redis is up"), []);
    let replay = LetterReplay { id, reports: vec![] };
    assert_eq!(letters.replay(&[replay]).await.expect("Redis is up"), []);

    letters.append(&[broken(), broken()]).await.expect("Redis is up");
    assert_eq!(kept(&server).await.len(), 2);
    // The counts of the letter are also replaced.
    let counts: Vec<String> = connection.keys("{fleetwatch:dlq}:heard:*").await.expect("keys");
    assert!(!counts.is_empty());
    for key in &counts {
        let () = connection.set(key, "mine").await.expect("a text");
    }
    letters.append(&[broken()]).await.expect("Redis is up");
    assert_eq!(kept(&server).await.len(), 3);
    for key in &counts {
        let kind: String = cmd("TYPE")
            .arg(key)
            .query_async(&mut connection)
            .await
            .expect("a type");
        assert_eq!(kind, "hash", "{key}");
    }
}

#[tokio::test]
async fn an_entry_with_a_name_that_is_not_utf_8_is_left_out() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    let add = cmd("XADD")
        .arg("fleetwatch:dlq")
        .arg("*")
        .arg(&b"\xff"[..])
        .arg("mine")
        .exec_async(&mut connection)
        .await;
    add.expect("a stream");
    let letters = redis_at(&server.url()).dead_letters();
    letters.append(&[broken()]).await.expect("Redis is up");
    let portion = letters.read(LetterOrder::OldestFirst, None).await;
    assert_eq!(portion.expect("Redis is up").letters.len(), 1);
}

#[tokio::test]
async fn the_stream_has_the_documented_fields() {
    let server = RedisServer::start();
    let letter = DeadLetter::new(
        Channel::Position,
        r#"{"x":"1"}"#.as_bytes(),
        Rejection::new(Reason::InvalidField, "x must be a number, not a string"),
        Timestamp::from_unix_ms(1_732_333_333_123).expect("a time"),
    );
    let of_vehicle = DeadLetter {
        vehicle_id: Some("0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70".parse().expect("an id")),
        ..letter.clone()
    };
    redis_at(&server.url())
        .dead_letters()
        .append(&[letter, of_vehicle])
        .await
        .expect("Redis is up");
    let entries: Vec<(String, HashMap<String, String>)> = cmd("XRANGE")
        .arg(&["fleetwatch:dlq", "-", "+"])
        .query_async(&mut server.connection().await)
        .await
        .expect("a stream");
    let expected = [
        ("channel", "vehicle:position:update"),
        ("payload", r#"{"x":"1"}"#),
        ("bytes", "9"),
        ("reason", "invalid_field"),
        ("receivedAt", "1732333333123"),
        ("detail", "x must be a number, not a string"),
    ];
    let mut expected: HashMap<_, _> = expected
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].1, expected);
    expected.insert(
        "vehicleId".to_owned(),
        "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70".to_owned(),
    );
    assert_eq!(entries[1].1, expected);
}

#[tokio::test]
async fn entries_of_other_programs_are_left_out_and_do_not_end_the_list() {
    let server = RedisServer::start();
    let mut connection = server.connection().await;
    for number in 0..LETTERS_AT_ONCE {
        let _: String = cmd("XADD")
            .arg("fleetwatch:dlq")
            .arg("*")
            .arg("note")
            .arg(number)
            .query_async(&mut connection)
            .await
            .expect("a stream");
    }
    let letters = redis_at(&server.url()).dead_letters();
    let letter = DeadLetter::new(
        Channel::State,
        "broken".as_bytes(),
        Rejection::new(Reason::NotJson, "broken"),
        Timestamp::EPOCH,
    );
    letters.append(&[letter]).await.expect("Redis is up");
    let first = letters
        .read(LetterOrder::OldestFirst, None)
        .await
        .expect("it is up");
    assert!(first.letters.is_empty());
    let place = first.next.expect("the list goes on");
    assert!(letters.find(&[place]).await.expect("Redis is up").is_empty());
    let second = letters
        .read(LetterOrder::OldestFirst, Some(place))
        .await
        .expect("Redis is up");
    assert_eq!((second.letters.len(), second.next), (1, None));
}

#[tokio::test]
async fn without_redis_letters_are_unavailable() {
    let mut server = RedisServer::start();
    let letters = redis_at(&server.url()).dead_letters();
    server.kill();
    let id = DeadLetterId { ms: 1, number: 0 };
    assert!(
        letters
            .read(LetterOrder::NewestFirst, None)
            .await
            .is_err_and(|error| error.is_unavailable())
    );
    let found = letters.find(&[id]).await;
    assert!(found.is_err_and(|error| error.is_unavailable()));
    assert!(
        letters
            .remove(&[id])
            .await
            .is_err_and(|error| error.is_unavailable())
    );
    let replayed = letters.replay(&[LetterReplay { id, reports: vec![] }]).await;
    assert!(replayed.is_err_and(|error| error.is_unavailable()));
}

#[tokio::test]
async fn nothing_is_published_while_redis_rejects_writes() {
    let server = RedisServer::start();
    let redis = redis_at(&server.url());
    let (letters, bus) = (redis.dead_letters(), redis.telemetry_bus(noon(), 1024));
    let letter = DeadLetter::new(
        Channel::State,
        "broken".as_bytes(),
        Rejection::new(Reason::NotJson, "broken"),
        Timestamp::EPOCH,
    );
    letters.append(&[letter]).await.expect("Redis is up");
    let stored = letters.read(LetterOrder::OldestFirst, None).await;
    let id = stored.expect("Redis is up").letters[0].id;
    let vehicle_id = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70".parse().expect("an id");
    let replay = |ms| LetterReplay {
        id,
        reports: vec![Report {
            vehicle_id,
            content: Content::Battery {
                level: Percentage::new(50.0).expect("a percentage"),
                at: Timestamp::from_unix_ms(ms).expect("a time"),
            },
            trace_parent: None,
        }],
    };
    let mut feed = a_feed(&bus).await;
    // Redis still accepts PUBLISH without enough replicas.
    let mut administrator = server.connection().await;
    for (replicas, ms) in [("1", 1_000), ("0", 2_000)] {
        let set = cmd("CONFIG")
            .arg(&["SET", "min-replicas-to-write", replicas])
            .exec_async(&mut administrator)
            .await;
        set.expect("a setting");
        let replayed = letters.replay(&[replay(ms)]).await;
        match replicas {
            "0" => assert_eq!(replayed.expect("Redis accepts writes"), [id]),
            _ => assert!(replayed.is_err_and(|error| error.is_unavailable())),
        }
    }
    let first = messages(&mut feed, 1).await.remove(0);
    let report = first.items[0].report.as_ref().expect("a report");
    let expected = replay(2_000).reports.remove(0);
    assert_eq!(report.content, expected.content);
}

#[tokio::test]
async fn the_count_of_a_letter_expires() {
    let server = RedisServer::start();
    let letter = DeadLetter::new(
        Channel::State,
        "broken".as_bytes(),
        Rejection::new(Reason::NotJson, "é".repeat(1_000)),
        Timestamp::EPOCH,
    );
    redis_at(&server.url())
        .dead_letters()
        .append(&[letter])
        .await
        .expect("Redis is up");
    let mut connection = server.connection().await;
    let keys: Vec<String> = connection.keys("*").await.expect("keys");
    for key in keys.iter().filter(|key| *key != "fleetwatch:dlq") {
        let ms: i64 = connection.pttl(key).await.expect("a time to live");
        assert!((1..=10_000).contains(&ms), "{key} lives for {ms} ms");
    }
    // Servers of release 0.1 know the second count.
    assert_eq!(keys.len(), 3);
}

#[tokio::test]
async fn letters_are_stored_again_after_redis_restarts_empty() {
    let mut server = RedisServer::start();
    let letters = redis_at(&server.url()).dead_letters();
    let letter = DeadLetter::new(
        Channel::State,
        "broken".as_bytes(),
        Rejection::new(Reason::NotJson, "broken"),
        Timestamp::EPOCH,
    );
    letters
        .append(std::slice::from_ref(&letter))
        .await
        .expect("Redis is up");
    server.kill();
    let refused = letters.append(std::slice::from_ref(&letter)).await;
    assert!(refused.is_err_and(|error| error.is_unavailable()));
    server.restart_empty();
    once_available(async || letters.append(std::slice::from_ref(&letter)).await).await;
    assert_eq!(kept(&server).await.len(), 1);
}

/// Returns all letters, the oldest first.
pub(crate) async fn kept(server: &RedisServer) -> Vec<KeptLetter> {
    let mut connection = server.connection().await;
    let entries: Vec<(String, HashMap<String, Vec<u8>>)> = cmd("XRANGE")
        .arg(&["fleetwatch:dlq", "-", "+"])
        .query_async(&mut connection)
        .await
        .expect("a stream");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a text");
    let letter = |(_, mut fields): (String, HashMap<String, Vec<u8>>)| {
        let mut field = |name: &str| fields.remove(name).expect("every letter has all fields");
        KeptLetter {
            channel: text(field("channel")),
            payload: field("payload"),
            bytes: text(field("bytes")).parse().expect("a number"),
            reason: text(field("reason")),
            received_at: text(field("receivedAt")).parse().expect("a time"),
        }
    };
    entries.into_iter().map(letter).collect()
}
