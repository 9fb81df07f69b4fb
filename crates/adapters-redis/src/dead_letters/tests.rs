use application::telemetry::{Channel, Reason, Rejection};
use deadpool_redis::redis::aio::MultiplexedConnection;
use domain::telemetry::Timestamp;
use test_stores::redis::RedisServer;

use super::*;
use crate::{KeyStyle, Redis, RedisOptions};

/// The script of servers of release 0.1.
const SCRIPT_OF_LAST_RELEASE: &str = include_str!("../../tests/releases/0.1/append_dead_letter.lua");

fn redis_at(server: &RedisServer) -> Redis {
    Redis::new(RedisOptions {
        url: server.url().parse().expect("a URL"),
        pool_size: 1,
        key_style: KeyStyle::Tagged,
        channel_shards: std::num::NonZero::<u16>::MIN,
        key_ttl: Duration::from_secs(1),
    })
    .expect("sound options")
}

/// Returns the number of letters.
async fn length(connection: &mut MultiplexedConnection) -> usize {
    cmd("XLEN")
        .arg(STREAM)
        .query_async(connection)
        .await
        .expect("a stream")
}

/// A server of release 0.1.
struct LastRelease {
    id: String,
    connection: MultiplexedConnection,
}

impl LastRelease {
    async fn append(&mut self, letter: &DeadLetter) {
        let (channel, reason) = (letter.channel.as_str(), letter.rejection.reason.as_str());
        let (length, payload) = (letter.bytes.to_string(), &letter.payload[..]);
        let fingerprint = fingerprint([channel.as_bytes(), reason.as_bytes(), length.as_bytes(), payload]);
        let mut call = cmd("EVAL");
        call.arg(SCRIPT_OF_LAST_RELEASE)
            .arg(2)
            .arg(STREAM)
            .arg(counts_of(fingerprint))
            .arg(&self.id)
            .arg(SLOWNESS.as_millis().to_string())
            .arg(LENGTH)
            .arg(entry::PAYLOAD)
            .arg(payload);
        call.exec_async(&mut self.connection).await.expect("Redis is up");
    }
}

#[tokio::test]
async fn servers_of_the_last_release_and_of_this_one_keep_each_message_once() {
    let server = RedisServer::start();
    let newer = redis_at(&server).dead_letters();
    let mut older = LastRelease {
        id: Uuid::new_v4().to_string(),
        connection: server.connection().await,
    };
    let mut connection = server.connection().await;
    // Each letter stands for a report of one of two equal messages: by the older server, or by the newer one.
    let orders = ["oonn", "onon", "onno", "nnoo", "nono", "noon"];
    for (number, order) in (1..).zip(orders) {
        let rejection = Rejection::new(Reason::DisabledVehicle, "the vehicle is disabled");
        let letter = DeadLetter::new(Channel::State, order.as_bytes(), rejection, Timestamp::EPOCH);
        for reporter in order.chars() {
            match reporter {
                'o' => older.append(&letter).await,
                _ => newer
                    .append(std::slice::from_ref(&letter))
                    .await
                    .expect("Redis is up"),
            }
        }
        assert_eq!(length(&mut connection).await, 2 * number, "{order}");
    }
}

#[tokio::test]
async fn letters_of_a_server_that_starts_later_are_stored_once_the_others_have_stopped() {
    let server = RedisServer::start();
    let redis = redis_at(&server);
    let quick = || RedisDeadLetters {
        slowness: Duration::from_millis(50),
        ..redis.dead_letters()
    };
    let rejection = Rejection::new(Reason::NotJson, "broken");
    let letter = DeadLetter::new(Channel::State, b"again and again", rejection, Timestamp::EPOCH);
    const OF_THE_FIRST: usize = 9_000;
    quick()
        .append(&vec![letter.clone(); OF_THE_FIRST])
        .await
        .expect("Redis is up");

    let (second, mut connection) = (quick(), server.connection().await);
    let mut needed = 0;
    while length(&mut connection).await == OF_THE_FIRST {
        second
            .append(std::slice::from_ref(&letter))
            .await
            .expect("Redis is up");
        needed += 1;
    }
    assert!(
        needed < OF_THE_FIRST,
        "a new server must not have to repeat letters from before its start"
    );
}

#[test]
fn a_fingerprint_does_not_change_between_versions() {
    // The reference value of FNV-1a for a single zero byte.
    assert_eq!(fingerprint([b""]), 0xaf63_bd4c_8601_b7df);
    assert_eq!(fingerprint([b"a", b"b"]), fingerprint([b"a\0b"]));
    assert_ne!(fingerprint([b"ab", b""]), fingerprint([b"a", b"b"]));
}
