//! `fleetwatch.v1.json`.

use std::io::Write as _;

use application::live::{Batch, Delivery, Encoding, LiveEvent, VehicleView};
use bytes::Bytes;
use domain::telemetry::{VehiclePosition, VehicleRuntimeState};
use serde::Serialize;

use crate::frames;

const JSON: Encoding = Encoding::new(0);

/// Bytes of a frame apart from its views and events.
const ENVELOPE_BYTES: usize = 96;
/// Bytes of an event, roughly.
const EVENT_BYTES: usize = 160;

/// A delivery as a text frame.
pub(crate) fn frame(delivery: &Delivery) -> Bytes {
    let batch = &*delivery.batch;
    if delivery.is_in_step() {
        batch
            .encoded
            .get_or_encode(JSON, || encode(batch, batch.prev))
            .clone()
    } else {
        encode(batch, delivery.prev)
    }
}

fn encode(batch: &Batch, prev: Option<u64>) -> Bytes {
    let views: Vec<&Bytes> = batch.views.iter().map(|view| fragment(view)).collect();
    let view_bytes: usize = views.iter().map(|fragment| fragment.len() + 1).sum();
    let capacity = ENVELOPE_BYTES + batch.events.len() * EVENT_BYTES + view_bytes;
    frames::text_with(capacity, |buffer| {
        let ts = batch.at.wall();
        // Writing to a vector does not fail.
        let _ = write!(buffer, r#"{{"type":"batch","ts":{ts},"tick":{}"#, batch.tick);
        if let Some(prev) = prev {
            let _ = write!(buffer, r#","prev":{prev}"#);
        }
        buffer.extend_from_slice(br#","events":["#);
        for event in &batch.events {
            write_json(buffer, &EventJson::from(&**event));
            buffer.push(b',');
        }
        for view in views {
            buffer.extend_from_slice(view);
            buffer.push(b',');
        }
        if buffer.last() == Some(&b',') {
            buffer.pop();
        }
        buffer.extend_from_slice(b"]}");
    })
}

/// A view's part of a frame, made once for all frames that show it.
fn fragment(view: &VehicleView) -> &Bytes {
    view.encoded.get_or_encode(JSON, || {
        let mut buffer = Vec::with_capacity(512);
        write_json(&mut buffer, &ViewJson::from(view));
        buffer.into()
    })
}

fn write_json(buffer: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(buffer, value).expect("these types have string keys, and a vector takes all bytes");
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum ViewJson<'a> {
    PositionUpdate {
        vehicle_id: String,
        position: PositionJson<'a>,
        state: Option<StateJson<'a>>,
        status: &'static str,
        connection_status: &'static str,
    },
    StateUpdate {
        vehicle_id: String,
        state: Option<StateJson<'a>>,
        status: &'static str,
        connection_status: &'static str,
    },
}

impl<'a> From<&'a VehicleView> for ViewJson<'a> {
    fn from(view: &'a VehicleView) -> Self {
        let vehicle_id = view.vehicle_id.to_string();
        let state = view.state.as_ref().map(StateJson::from);
        let (status, connection_status) = (view.status.as_str(), view.connection.as_str());
        match &view.position {
            Some(position) => {
                let position = position.into();
                Self::PositionUpdate {
                    vehicle_id,
                    position,
                    state,
                    status,
                    connection_status,
                }
            }
            None => Self::StateUpdate {
                vehicle_id,
                state,
                status,
                connection_status,
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PositionJson<'a> {
    x: f64,
    y: f64,
    z: f64,
    heading: f64,
    rotation: RotationJson,
    timestamp: i64,
    map_id: Option<&'a str>,
}

impl<'a> From<&'a VehiclePosition> for PositionJson<'a> {
    fn from(position: &'a VehiclePosition) -> Self {
        let rotation = &position.rotation;
        Self {
            x: position.x,
            y: position.y,
            z: position.z,
            heading: position.heading(),
            rotation: RotationJson {
                x: rotation.x(),
                y: rotation.y(),
                z: rotation.z(),
                w: rotation.w(),
            },
            timestamp: position.timestamp.as_unix_ms(),
            map_id: position.map_id.as_ref().map(|map| map.as_str()),
        }
    }
}

#[derive(Serialize)]
struct RotationJson {
    x: f64,
    y: f64,
    z: f64,
    w: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateJson<'a> {
    current_speed: f64,
    battery_level: f64,
    current_load: Option<f64>,
    temperature: Option<f64>,
    error_codes: Vec<&'a str>,
    last_update_time: i64,
}

impl<'a> From<&'a VehicleRuntimeState> for StateJson<'a> {
    fn from(state: &'a VehicleRuntimeState) -> Self {
        Self {
            current_speed: state.current_speed(),
            battery_level: state.battery_level().get(),
            current_load: state.current_load(),
            temperature: state.temperature(),
            error_codes: state.error_codes().iter().map(|code| code.as_str()).collect(),
            last_update_time: state.last_update_time.as_unix_ms(),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum EventJson<'a> {
    StateChange {
        vehicle_id: String,
        old_status: &'static str,
        new_status: &'static str,
        at: i64,
    },
    VehicleError {
        vehicle_id: String,
        error_code: &'a str,
        message: String,
    },
    ConnectionChange {
        vehicle_id: String,
        connection_status: &'static str,
        reason: &'static str,
        since: i64,
    },
    VehicleRemoved {
        vehicle_id: String,
    },
}

impl<'a> From<&'a LiveEvent> for EventJson<'a> {
    fn from(event: &'a LiveEvent) -> Self {
        let vehicle_id = event.vehicle_id().to_string();
        match event {
            LiveEvent::StateChange { old, new, at, .. } => Self::StateChange {
                vehicle_id,
                old_status: old.as_str(),
                new_status: new.as_str(),
                at: at.as_unix_ms(),
            },
            LiveEvent::VehicleError { code, .. } => Self::VehicleError {
                vehicle_id,
                error_code: code.as_str(),
                message: format!("the vehicle reports {}", code.as_str()),
            },
            LiveEvent::ConnectionChange {
                connection,
                reason,
                since,
                ..
            } => Self::ConnectionChange {
                vehicle_id,
                connection_status: connection.as_str(),
                reason,
                since: since.as_unix_ms(),
            },
            LiveEvent::VehicleRemoved { .. } => Self::VehicleRemoved { vehicle_id },
        }
    }
}
