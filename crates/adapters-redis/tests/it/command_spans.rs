//! Spans of commands.

use application::{
    Error,
    ports::{PositionStore as _, SpanKind},
};
use domain::VehicleId;
use test_builders::SpanNotes;
use test_stores::redis::RedisServer;

use crate::redis_at;

fn vehicle() -> VehicleId {
    let id = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";
    id.parse().expect("an id")
}

#[tokio::test]
async fn commands_of_traced_work_have_a_span_without_keys() {
    let server = RedisServer::start();
    let redis = redis_at(&server.url());
    let (pinged, spans) = SpanNotes::of(redis.ping()).await;
    pinged.expect("Redis is up");
    let [ping] = &spans[..] else {
        panic!("one span is expected: {spans:?}")
    };
    assert_eq!(ping.name, format!("PING 127.0.0.1:{}", server.port()));
    assert_eq!((ping.kind, ping.parent), (SpanKind::Client, SpanNotes::ROOT));
    for (name, expected) in [
        ("db.system.name", "redis"),
        ("db.namespace", "0"),
        ("db.operation.name", "PING"),
        ("server.address", "127.0.0.1"),
        ("server.port", server.port().to_string().as_str()),
        ("db.operation.batch.size", ""),
    ] {
        assert_eq!(ping.attribute(name), expected, "{name}");
    }

    let store = redis.live_store();
    let (read, spans) = SpanNotes::of(store.get_positions(&[vehicle(), vehicle()])).await;
    read.expect("Redis is up");
    assert!(!spans.is_empty(), "reading positions needs a command");
    let shown = format!("{spans:?}");
    assert!(!shown.contains(&vehicle().to_string()), "{shown}");
}

#[tokio::test]
async fn a_failed_command_sets_the_kind_of_its_error() {
    let mut server = RedisServer::start();
    let redis = redis_at(&server.url());
    server.kill();
    let (pinged, spans) = SpanNotes::of(redis.ping()).await;
    assert!(matches!(pinged, Err(Error::Unavailable { given_up: None, .. })));
    assert_eq!(spans[0].error.as_deref(), Some("redis"), "{spans:?}");
}

#[tokio::test]
async fn a_command_without_an_answer_has_the_kind_timeout() {
    let server = RedisServer::start();
    let redis = redis_at(&server.url());
    redis.ping().await.expect("Redis is up");
    server.pause();
    let (_, spans) = SpanNotes::of(redis.ping()).await;
    assert_eq!(spans[0].error.as_deref(), Some("timeout"), "{spans:?}");
    server.resume();
}
