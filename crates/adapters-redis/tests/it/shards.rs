//! Sharded channels.

use std::{
    io,
    sync::{Arc, Mutex},
};

use application::{
    ports::{FeedEvent, TelemetryBus as _},
    telemetry::{Channel, Content, Inbound, Report},
};
use deadpool_redis::redis::{aio::MultiplexedConnection, cmd};
use domain::{
    VehicleId,
    telemetry::{Percentage, Timestamp},
};
use futures::FutureExt as _;
use port_contracts::telemetry_bus::{a_feed, messages, next};
use test_stores::redis::RedisServer;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{DEADLINE, noon, redis_with_shards};

const MAX_BYTES: usize = 1024 * 1024;
/// Id of a vehicle. The number in its last four hexadecimal digits is 19,312, which is 2 modulo 10.
const VEHICLE: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

#[tokio::test]
async fn robots_may_use_plain_and_sharded_channels() {
    let server = RedisServer::start();
    let bus = redis_with_shards(&server.url(), 10).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = a_feed(&bus).await;
    let mut connection = server.connection().await;
    let payload =
        format!(r#"{{"vehicleId":"{VEHICLE}","currentSpeed":0,"batteryLevel":50,"lastUpdateTime":1}}"#);
    for (command, channel) in [
        ("PUBLISH", "vehicle:state:update"),
        ("SPUBLISH", "vehicle:state:update:2"),
        // A message on the wrong shard is accepted too.
        ("SPUBLISH", "vehicle:state:update:9"),
    ] {
        let receivers: u64 = cmd(command)
            .arg(&[channel, &payload])
            .query_async(&mut connection)
            .await
            .expect("Redis is up");
        assert_eq!(receivers, 1, "{channel}");
        let received = messages(&mut feed, 1).await;
        assert_eq!(received[0].channel, Channel::State);
        assert_eq!(received[0].items[0].vehicle_id, Some(vehicle()));
    }
}

#[tokio::test]
async fn messages_are_published_on_the_shard_of_their_vehicle() {
    let server = RedisServer::start();
    let mut listener = TcpStream::connect(("127.0.0.1", server.port()))
        .await
        .expect("Redis is up");
    listener
        .write_all(b"SSUBSCRIBE vehicle:state:update:2\r\n")
        .await
        .expect("Redis is up");
    read_until(&mut listener, ":1\r\n").await;
    let bus = redis_with_shards(&server.url(), 10).telemetry_bus(noon(), MAX_BYTES);
    bus.publish(&[report()]).await.expect("Redis is up");
    read_until(&mut listener, VEHICLE).await;
}

#[tokio::test]
async fn the_feed_is_up_only_when_all_channels_are_subscribed() {
    let server = RedisServer::start();
    let mut administrator = server.connection().await;
    // The default user may use the plain channels and one of the sharded ones.
    let limit = [
        "resetchannels",
        "&vehicle:position:update",
        "&vehicle:state:update",
        "&vehicle:*:update:0",
    ];
    set_rights(&mut administrator, &limit).await;
    let bus = redis_with_shards(&server.url(), 2).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = bus.subscribe();
    assert!(matches!(next(&mut feed).await, FeedEvent::Down));
    assert!(next(&mut feed).now_or_never().is_none());
    set_rights(&mut administrator, &["allchannels"]).await;
    assert!(matches!(next(&mut feed).await, FeedEvent::Up));
    bus.publish(&[report()]).await.expect("Redis is up");
    let received: Vec<Inbound> = messages(&mut feed, 1).await;
    assert_eq!(received[0].items[0].vehicle_id, Some(vehicle()));
}

#[tokio::test]
async fn an_old_redis_is_reported_with_the_name_of_the_setting() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = RedisServer::start_with(&[
        "--rename-command",
        "SSUBSCRIBE",
        "",
        "--rename-command",
        "SPUBLISH",
        "",
    ]);
    let bus = redis_with_shards(&server.url(), 2).telemetry_bus(noon(), MAX_BYTES);
    let mut feed = bus.subscribe();
    assert!(matches!(next(&mut feed).await, FeedEvent::Down));
    let text = log.text();
    assert!(text.contains("REDIS__CHANNEL_SHARDS is greater than 1"), "{text}");
    let error = bus.publish(&[report()]).await.expect_err("SPUBLISH is unknown");
    let reason = std::error::Error::source(&error).expect("a reason").to_string();
    assert!(
        reason.starts_with("REDIS__CHANNEL_SHARDS is greater than 1"),
        "{reason}"
    );
}

/// Reads until the text arrives.
async fn read_until(stream: &mut TcpStream, text: &str) {
    let mut read = Vec::new();
    let arrives = async {
        while !String::from_utf8_lossy(&read).contains(text) {
            stream.read_buf(&mut read).await.expect("Redis is up");
        }
    };
    timeout(DEADLINE, arrives).await.expect("the text arrives");
}

async fn set_rights(administrator: &mut MultiplexedConnection, rights: &[&str]) {
    let set = cmd("ACL")
        .arg(&["SETUSER", "default"])
        .arg(rights)
        .exec_async(administrator)
        .await;
    set.expect("rights");
}

fn vehicle() -> VehicleId {
    VEHICLE.parse().expect("an id")
}

fn report() -> Report {
    Report {
        vehicle_id: vehicle(),
        content: Content::Battery {
            level: Percentage::new(50.0).expect("a percentage"),
            at: Timestamp::EPOCH,
        },
        trace_parent: None,
    }
}

/// Lines of the log, in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no writer panicked").clone()).expect("UTF-8")
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no writer panicked")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
