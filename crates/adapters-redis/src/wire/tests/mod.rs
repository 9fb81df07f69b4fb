//! Tests of decoding, and the functions that they share.

mod documentation;
mod fuzz;
mod messages;
mod positions;
mod ros_positions;
mod round_trip;
mod states;

use application::{
    Moment,
    telemetry::{Channel, Content, Item, Reason, Rejection, Report},
};
use bytes::Bytes;
use domain::telemetry::{Timestamp, VehiclePosition};

use super::decode;

const ID: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";
const NOW: Moment = Moment {
    unix_us: 1_732_333_333_500_000,
    uptime_us: 7,
};
const MAX_BYTES: usize = 1024;

const HEADER: &str = r#""header":{"stamp":{"sec":1732333333,"nanosec":123999999},"frame_id":"odom"}"#;
const POSE: &str = r#"{"position":{"x":1.5,"y":-2.5,"z":0.25},"orientation":{"x":0,"y":0,"z":0.7071067811865476,"w":0.7071067811865476}}"#;

fn items(channel: Channel, bytes: &[u8]) -> Vec<Item> {
    decode(channel, Bytes::copy_from_slice(bytes), NOW, 16 * MAX_BYTES).items
}

fn understood(channel: Channel, json: &str) -> Report {
    let mut inbound = decode(
        channel,
        Bytes::copy_from_slice(json.as_bytes()),
        NOW,
        16 * MAX_BYTES,
    );
    assert_eq!(inbound.items.len(), 1);
    inbound
        .items
        .remove(0)
        .report
        .unwrap_or_else(|rejection| panic!("{rejection:?}: {json}"))
}

fn understood_position(json: &str) -> VehiclePosition {
    match understood(Channel::Position, json).content {
        Content::Position { position, .. } => position,
        other => panic!("a position, not {other:?}"),
    }
}

fn check_rejected(channel: Channel, json: &str, reason: Reason, detail: &str) {
    let inbound = decode(channel, Bytes::copy_from_slice(json.as_bytes()), NOW, MAX_BYTES);
    let [item] = &inbound.items[..] else {
        panic!("one item: {inbound:?}")
    };
    let found = rejection(item);
    assert_eq!(found.reason, reason, "{}", found.detail);
    assert!(
        found.detail.starts_with(detail),
        "{:?} does not start with {detail:?}",
        found.detail
    );
    assert_eq!(item.source, json.as_bytes());
}

fn rejection(item: &Item) -> &Rejection {
    item.report.as_ref().expect_err("a fault")
}

fn object(fields: &[String]) -> String {
    format!("{{{}}}", fields.join(","))
}

/// Returns an object of the fields, with one or several of them replaced or added. An orientation replaces the heading.
fn with_field(fields: &[String], field: &str) -> String {
    let name = field.split(':').next().expect("a name");
    let turns = ["\"q", "\"roll", "\"yaw"]
        .iter()
        .any(|start| name.starts_with(start));
    let kept = fields
        .iter()
        .filter(|kept| !(kept.starts_with(name) || turns && kept.starts_with("\"heading")));
    object(&kept.cloned().chain([field.to_owned()]).collect::<Vec<_>>())
}

fn plain_position_fields() -> Vec<String> {
    let id = format!(r#""vehicleId":"{ID}""#);
    [
        &*id,
        r#""x":1"#,
        r#""y":2"#,
        r#""z":0"#,
        r#""heading":90"#,
        r#""timestamp":1732333333123"#,
    ]
    .map(str::to_owned)
    .to_vec()
}

fn ros_fields(kind: &str, pose: &str) -> String {
    format!(r#""vehicleId":"{ID}","type":"{kind}","msg":{{{HEADER},"pose":{pose}}}"#)
}

fn ros(kind: &str, pose: &str) -> String {
    object(&[ros_fields(kind, pose)])
}

fn battery(kind: &str, percentage: &str) -> String {
    object(&[format!(
        r#""vehicleId":"{ID}","type":"{kind}","msg":{{{HEADER},"voltage":24.1,"percentage":{percentage},"present":true}}"#
    )])
}

fn covariance() -> String {
    format!(r#","covariance":[{}]"#, vec!["0.0"; 36].join(","))
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).expect("a time")
}
