//! The encoding of `fleetwatch.v1.json`.

use std::io::Write as _;

use application::{
    Moment,
    live::{Batch, Delivery, DeliveryNumber, Encoding, RosterEvent, RosterPage, VehicleInfo, VehicleView},
};
use bytes::Bytes;
use serde::Serialize;

use super::events::{EventJson, InfoJson, RosterJson, ViewJson};
use crate::frames;

const JSON: Encoding = Encoding::new(0);

/// Estimated length of an event, in bytes.
const EVENT_BYTES: usize = 160;

/// Estimated length of a vehicle's registry entry, in bytes.
const INFO_BYTES: usize = 256;

/// Encodes a delivery as a text frame in two parts: the beginning, with this socket's numbers, and the rest, which is
/// encoded once for all recipients of the batch.
pub(crate) fn frame(delivery: &Delivery) -> [Bytes; 2] {
    let batch = &*delivery.batch;
    let shared = batch.encoded.get_or_encode(JSON, || shared(batch)).clone();
    [beginning(batch.at, delivery.number, shared.len()), shared]
}

fn beginning(at: Moment, number: DeliveryNumber, shared_bytes: usize) -> Bytes {
    frames::text_beginning(shared_bytes, |buffer| {
        let (ts, DeliveryNumber { tick, prev }) = (at.wall(), number);
        // Writing to a vector never fails.
        let _ = write!(buffer, r#"{{"type":"batch","ts":{ts},"tick":{tick}"#);
        if let Some(prev) = prev {
            let _ = write!(buffer, r#","prev":{prev}"#);
        }
    })
}

/// Encodes registry changes as a text frame. The pages of two subscribers differ, so only the vehicle entries are
/// shared.
pub(crate) fn roster_frame(page: &RosterPage) -> Bytes {
    let mut events = Vec::with_capacity(16 + page.events.len() * INFO_BYTES);
    events.extend_from_slice(br#","events":["#);
    for event in &page.events {
        match event {
            RosterEvent::Info(info) => write_info(&mut events, "vehicleInfo", info),
            RosterEvent::Added(info) => write_info(&mut events, "vehicleAdded", info),
            RosterEvent::Updated(info) => write_info(&mut events, "vehicleUpdated", info),
            RosterEvent::Deleted(_) => write_json(&mut events, &RosterJson::from(event)),
        }
        events.push(b',');
    }
    if events.last() == Some(&b',') {
        events.pop();
    }
    events.extend_from_slice(b"]}");
    [&beginning(page.at, page.number, events.len())[..], &events]
        .concat()
        .into()
}

fn write_info(buffer: &mut Vec<u8>, kind: &str, info: &VehicleInfo) {
    let fields = info.encoded.get_or_encode(JSON, || {
        let mut buffer = Vec::with_capacity(INFO_BYTES);
        write_json(&mut buffer, &InfoJson::from(info));
        buffer.into()
    });
    // The entry is a JSON object: insert the type before its first field.
    let _ = write!(buffer, r#"{{"type":"{kind}","#);
    buffer.extend_from_slice(&fields[1..]);
}

fn shared(batch: &Batch) -> Bytes {
    let views: Vec<&Bytes> = batch.views.iter().map(|view| fragment(view)).collect();
    let view_bytes: usize = views.iter().map(|fragment| fragment.len() + 1).sum();
    let mut buffer = Vec::with_capacity(16 + batch.events.len() * EVENT_BYTES + view_bytes);
    buffer.extend_from_slice(br#","events":["#);
    for event in &batch.events {
        write_json(&mut buffer, &EventJson::from(&**event));
        buffer.push(b',');
    }
    for view in views.into_iter().filter(|view| !view.is_empty()) {
        buffer.extend_from_slice(view);
        buffer.push(b',');
    }
    if buffer.last() == Some(&b',') {
        buffer.pop();
    }
    buffer.extend_from_slice(b"]}");
    buffer.into()
}

/// Returns a view's encoding, shared by all frames that contain it; empty if neither position nor state is known.
fn fragment(view: &VehicleView) -> &Bytes {
    view.encoded.get_or_encode(JSON, || match ViewJson::of(view) {
        Some(shown) => {
            let mut buffer = Vec::with_capacity(512);
            write_json(&mut buffer, &shown);
            buffer.into()
        }
        None => Bytes::new(),
    })
}

fn write_json(buffer: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(buffer, value)
        .expect("these types have string keys, and writing to a vector cannot fail");
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use application::live::EncodedOnce;
    use domain::{
        GroupId, VehicleId,
        vehicle::{VehicleName, VehicleStatus, VehicleType},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn shared_entries_are_written_as_the_documented_types() {
        let info = Arc::new(VehicleInfo {
            vehicle_id: VehicleId::from_uuid(Uuid::from_u128(1)),
            name: VehicleName::new("a \"name\"").expect("a name"),
            kind: VehicleType::Agv,
            is_enabled: true,
            status: VehicleStatus::Idle,
            group_ids: [GroupId::from_uuid(Uuid::from_u128(2))].into(),
            encoded: EncodedOnce::default(),
        });
        for (kind, event) in [
            ("vehicleInfo", RosterEvent::Info(Arc::clone(&info))),
            ("vehicleAdded", RosterEvent::Added(Arc::clone(&info))),
            ("vehicleUpdated", RosterEvent::Updated(Arc::clone(&info))),
        ] {
            let mut written = Vec::new();
            write_info(&mut written, kind, &info);
            let described = serde_json::to_vec(&RosterJson::from(&event)).expect("JSON");
            assert_eq!(written, described, "{kind}");
        }
    }
}
