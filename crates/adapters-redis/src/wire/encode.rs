//! Encoding of reports, in the format that robots publish.

use std::fmt::Display;

use application::{
    telemetry::{Content, Report},
    trace::TraceParent,
};
use domain::{
    VehicleId,
    telemetry::{Percentage, Timestamp, VehiclePosition, VehicleRuntimeState},
};
use ros2_messages::MessageType;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Encodes a report as JSON: plain, or in rosbridge's form if only a ROS 2 message can express it. A position with a
/// speed becomes an Odometry, and a battery level alone becomes a BatteryState. All numbers are read back exactly,
/// except that rotations and the level of a BatteryState may be rounded.
#[must_use]
pub fn encode(report: &Report) -> String {
    let content = match &report.content {
        // In the plain form, such a time would be rejected, because it looks like one in another unit.
        Content::Position {
            position,
            speed: None,
        } if Timestamp::from_reported_ms(position.timestamp.as_unix_ms() as f64).is_err() => {
            Body::Ros(pose_stamped(position))
        }
        Content::Position {
            position,
            speed: None,
        } => Body::Position(PlainPosition::from(position)),
        Content::Position {
            position,
            speed: Some(speed),
        } => Body::Ros(odometry(position, *speed)),
        Content::State(state) => Body::State(PlainState::from(state)),
        Content::Battery { level, at } => Body::Ros(battery_state(*level, *at)),
    };
    let object = Object {
        vehicle_id: report.vehicle_id,
        content,
        traceparent: report.trace_parent,
    };
    serde_json::to_string(&object).expect("strings and numbers with string keys serialise to JSON")
}

#[derive(Serialize)]
struct Object<'a> {
    #[serde(rename = "vehicleId", serialize_with = "as_text")]
    vehicle_id: VehicleId,
    #[serde(flatten)]
    content: Body<'a>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_optional_text")]
    traceparent: Option<TraceParent>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Position(PlainPosition<'a>),
    State(PlainState<'a>),
    Ros(RosMessage<'a>),
}

#[derive(Serialize)]
struct PlainPosition<'a> {
    x: f64,
    y: f64,
    z: f64,
    qx: f64,
    qy: f64,
    qz: f64,
    qw: f64,
    timestamp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_id: Option<&'a str>,
}

impl<'a> From<&'a VehiclePosition> for PlainPosition<'a> {
    fn from(position: &'a VehiclePosition) -> Self {
        let VehiclePosition {
            x,
            y,
            z,
            rotation,
            timestamp,
            frame_id,
            map_id,
        } = position;
        Self {
            x: *x,
            y: *y,
            z: *z,
            qx: rotation.x(),
            qy: rotation.y(),
            qz: rotation.z(),
            qw: rotation.w(),
            timestamp: timestamp.as_unix_ms(),
            frame_id: frame_id.as_ref().map(|frame| frame.as_str()),
            map_id: map_id.as_ref().map(|map| map.as_str()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainState<'a> {
    current_speed: f64,
    battery_level: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_load: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    error_codes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    last_update_time: i64,
}

impl<'a> From<&'a VehicleRuntimeState> for PlainState<'a> {
    fn from(state: &'a VehicleRuntimeState) -> Self {
        Self {
            current_speed: state.current_speed(),
            battery_level: state.battery_level().get(),
            current_load: state.current_load(),
            temperature: state.temperature(),
            error_codes: state.error_codes().iter().map(|code| code.as_str()).collect(),
            status: state.status.map(|status| status.as_str()),
            last_update_time: state.last_update_time.as_unix_ms(),
        }
    }
}

#[derive(Serialize)]
struct RosMessage<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    msg: Value,
    /// Name of the map, alongside the ROS 2 message, which has no field for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    map_id: Option<&'a str>,
}

fn pose_stamped(position: &VehiclePosition) -> RosMessage<'_> {
    RosMessage {
        kind: MessageType::PoseStamped.as_str(),
        msg: json!({ "header": header(position), "pose": pose(position) }),
        map_id: position.map_id.as_ref().map(|map| map.as_str()),
    }
}

fn header(position: &VehiclePosition) -> Value {
    let frame_id = position.frame_id.as_ref().map_or("", |frame| frame.as_str());
    json!({ "stamp": stamp(position.timestamp), "frame_id": frame_id })
}

fn pose(position: &VehiclePosition) -> Value {
    let VehiclePosition {
        x, y, z, rotation, ..
    } = position;
    json!({
        "position": { "x": x, "y": y, "z": z },
        "orientation": { "x": rotation.x(), "y": rotation.y(), "z": rotation.z(), "w": rotation.w() },
    })
}

fn odometry(position: &VehiclePosition, speed: f64) -> RosMessage<'_> {
    RosMessage {
        kind: MessageType::Odometry.as_str(),
        msg: json!({
            "header": header(position),
            "child_frame_id": "base_link",
            "pose": { "pose": pose(position) },
            "twist": {
                "twist": {
                    "linear": { "x": speed, "y": 0.0, "z": 0.0 },
                    "angular": { "x": 0.0, "y": 0.0, "z": 0.0 },
                },
            },
        }),
        map_id: position.map_id.as_ref().map(|map| map.as_str()),
    }
}

fn battery_state(level: Percentage, at: Timestamp) -> RosMessage<'static> {
    RosMessage {
        kind: MessageType::BatteryState.as_str(),
        msg: json!({ "header": { "stamp": stamp(at), "frame_id": "" }, "percentage": level.get() / 100.0 }),
        map_id: None,
    }
}

/// Converts a time to ROS time, whose 32-bit seconds end in 2038.
fn stamp(timestamp: Timestamp) -> Value {
    let ms = timestamp.as_unix_ms();
    json!({ "sec": ms / 1_000, "nanosec": ms % 1_000 * 1_000_000 })
}

fn as_text<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn as_optional_text<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}
