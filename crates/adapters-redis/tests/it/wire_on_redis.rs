//! Payloads arrive through Redis exactly as they were published.

use application::telemetry::{Channel, Reason};
use deadpool_redis::redis::AsyncCommands;
use port_contracts::telemetry_bus::{a_feed, messages};
use test_stores::redis::RedisServer;

use crate::{NOON, noon, redis_at};

#[tokio::test]
async fn every_payload_arrives_unchanged() {
    let server = RedisServer::start();
    let bus = redis_at(&server.url()).telemetry_bus(noon(), 4_096);
    let mut feed = a_feed(&bus).await;
    let mut connection = server.connection().await;

    let long = vec![b' '; 4_097];
    let payloads: [(&str, &[u8], Reason); 7] = [
        ("vehicle:position:update", b"", Reason::NotJson),
        ("vehicle:position:update", b"{}", Reason::InvalidField),
        ("vehicle:state:update", b"QUEUED", Reason::NotJson),
        ("vehicle:state:update", b"42", Reason::InvalidField),
        ("vehicle:position:update", b"\x00\xff\r\n", Reason::InvalidUtf8),
        ("vehicle:position:update", b"\xf0\x9f\x9a\x9a", Reason::NotJson),
        ("vehicle:state:update", &long, Reason::TooLarge),
    ];
    for (channel, payload, _) in &payloads {
        let heard_by: u64 = connection.publish(channel, *payload).await.expect("Redis is up");
        assert_eq!(heard_by, 1);
    }

    let received = messages(&mut feed, payloads.len()).await;
    for (message, (channel, payload, reason)) in received.iter().zip(payloads) {
        assert_eq!((message.channel.as_str(), message.received_at), (channel, NOON));
        let [item] = &message.items[..] else {
            panic!("one item: {message:?}")
        };
        assert_eq!(
            (&item.source[..], item.bytes),
            (&payload[..payload.len().min(4_096)], payload.len())
        );
        assert_eq!(
            item.report.as_ref().expect_err("none of them is valid").reason,
            reason
        );
    }
}

#[tokio::test]
async fn the_elements_of_an_array_arrive_together() {
    let server = RedisServer::start();
    let bus = redis_at(&server.url()).telemetry_bus(noon(), 4_096);
    let mut feed = a_feed(&bus).await;
    let sound =
        r#"{"vehicleId":"0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70","x":1,"y":2,"z":3,"heading":4,"timestamp":5}"#;
    let payload = format!("[{sound}, 7, {sound}]");
    let () = server
        .connection()
        .await
        .publish("vehicle:position:update", payload)
        .await
        .expect("Redis is up");
    let [message] = &messages(&mut feed, 1).await[..] else {
        panic!("one message")
    };
    assert_eq!(message.channel, Channel::Position);
    let sound: Vec<_> = message.items.iter().map(|item| item.report.is_ok()).collect();
    assert_eq!(sound, [true, false, true]);
    assert_eq!(message.items[1].source, "7");
}
