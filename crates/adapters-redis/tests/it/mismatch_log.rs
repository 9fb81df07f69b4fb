//! The log of mismatches in Redis: the contract of the port, and the stream that other programs read.

use std::{collections::HashMap, sync::Arc};

use adapters_redis::RedisMismatchLog;
use application::{
    Result,
    ports::{MismatchLog, MismatchPage, MismatchPlace, SyncMismatch},
};
use async_trait::async_trait;
use deadpool_redis::redis::cmd;
use domain::{VehicleId, telemetry::Timestamp, vehicle::MismatchKind};
use test_stores::redis::RedisServer;

use crate::redis_at;

/// A log with its own Redis server.
struct Private {
    log: RedisMismatchLog,
    _server: RedisServer,
}

#[async_trait]
impl MismatchLog for Private {
    async fn append(&self, mismatches: &[SyncMismatch]) -> Result<()> {
        self.log.append(mismatches).await
    }

    async fn read_after(&self, place: &MismatchPlace) -> Result<MismatchPage> {
        self.log.read_after(place).await
    }
}

async fn private() -> Arc<dyn MismatchLog> {
    let server = RedisServer::start();
    Arc::new(Private {
        log: redis_at(&server.url()).mismatch_log(),
        _server: server,
    })
}

port_contracts::mismatch_log_contract!(private);

fn a_mismatch() -> SyncMismatch {
    let id: VehicleId = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70".parse().expect("an id");
    SyncMismatch {
        vehicle_id: Some(id),
        kind: MismatchKind::LostKeys,
        detail: "position: missing".to_owned(),
        at: Timestamp::from_unix_ms(1_732_333_333_123).expect("a time"),
    }
}

#[tokio::test]
async fn a_mismatch_is_an_entry_of_the_stream() {
    let server = RedisServer::start();
    let log = redis_at(&server.url()).mismatch_log();
    log.append(&[a_mismatch()]).await.expect("Redis is up");
    let mut range = cmd("XRANGE");
    range.arg("fleetwatch:mismatches").arg("-").arg("+");
    let entries: Vec<(String, HashMap<String, String>)> = range
        .query_async(&mut server.connection().await)
        .await
        .expect("a stream");
    let [(_, fields)] = &entries[..] else {
        panic!("one entry: {entries:?}");
    };
    let expected = [
        ("vehicleId", "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70"),
        ("kind", "lost_keys"),
        ("detail", "position: missing"),
        ("at", "1732333333123"),
    ];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(*fields, HashMap::from(expected));
}

#[tokio::test]
async fn a_key_of_another_type_contains_no_mismatches_and_is_replaced() {
    let server = RedisServer::start();
    let log = redis_at(&server.url()).mismatch_log();
    let mut connection = server.connection().await;
    let mut set = cmd("SET");
    set.arg("fleetwatch:mismatches").arg("mine");
    set.exec_async(&mut connection).await.expect("Redis is up");
    let page = log.read_after(&MismatchPlace::default()).await;
    assert_eq!(page.expect("Redis is up"), MismatchPage::default());

    let appended = [a_mismatch(), a_mismatch()];
    log.append(&appended).await.expect("Redis is up");
    let page = log.read_after(&MismatchPlace::default()).await;
    assert_eq!(page.expect("Redis is up").mismatches, appended);
}

#[tokio::test]
async fn a_reader_continues_after_the_stream_was_deleted_and_skips_foreign_entries() {
    let server = RedisServer::start();
    let log = redis_at(&server.url()).mismatch_log();
    let mut connection = server.connection().await;
    log.append(&[a_mismatch()]).await.expect("Redis is up");
    let page = log.read_after(&MismatchPlace::default()).await;
    let place = page.expect("Redis is up").next;

    let flushed = cmd("FLUSHALL").exec_async(&mut connection).await;
    flushed.expect("Redis is up");
    for fields in [
        [&b"kind"[..], &b"nonsense"[..]],
        [&b"detail"[..], &b"no kind"[..]],
        [&b"\xff"[..], &b"a name that is not UTF-8"[..]],
    ] {
        let mut add = cmd("XADD");
        add.arg("fleetwatch:mismatches").arg("*").arg(&fields);
        add.exec_async(&mut connection).await.expect("Redis is up");
    }
    log.append(&[a_mismatch()]).await.expect("Redis is up");
    let page = log.read_after(&place).await.expect("Redis is up");
    assert_eq!(page.mismatches, [a_mismatch()]);
    let rest = log.read_after(&page.next).await.expect("Redis is up");
    assert_eq!((rest.mismatches, rest.next), (Vec::new(), page.next));
}
