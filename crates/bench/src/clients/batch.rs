//! Reading of batches of updates, as vehicles and sequence numbers. Repeated batches are recognised without parsing.

use std::{collections::HashMap, rc::Rc};

use serde::Deserialize;
use uuid::Uuid;

use crate::{
    protocols::{Batch, Frame, Head},
    publish_log::Update,
};

/// Encoding of sequence numbers in positions: the n-th update of a vehicle has x = n mm.
const UPDATES_PER_METRE: f64 = 1_000.0;

/// Number of frames whose content is cached.
const KEPT: usize = 1_024;

/// Returns the x coordinate of a vehicle's `seq`-th update, in metres.
#[must_use]
pub(crate) fn x_of(seq: u32) -> f64 {
    f64::from(seq) / UPDATES_PER_METRE
}

/// Returns the sequence number of the update with this x coordinate.
#[must_use]
pub(crate) fn seq_of(x: f64) -> u32 {
    (x * UPDATES_PER_METRE).round() as u32
}

/// A `positionUpdate` or `positionDelta` from the server, or a vehicle's own message, which the forwarder passes on.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "vehicleId", borrow)]
    vehicle_id: Option<&'a str>,
    position: Option<Point>,
    x: Option<f64>,
}

#[derive(Deserialize)]
struct Point {
    /// Absent in a `positionDelta` if it has not changed.
    x: Option<f64>,
}

/// Length and hash of a frame's encoded events. All bytes are hashed: frames to slow sockets may differ only in the
/// middle.
type Fingerprint = (usize, u64);

/// Hashes eight bytes at a time. Every event that subscribers of all vehicles receive is hashed, so this must be faster
/// than the standard library's hash. It need not resist chosen collisions.
fn hash_of(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain(std::iter::once(&last));
    words.fold(0, |hash: u64, word| {
        (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR)
    })
}

/// Reader of frames. Frames to sockets with the same subscription differ only in their numbers, and are parsed once.
#[derive(Debug)]
pub(super) struct BatchReader {
    vehicles: Rc<HashMap<String, u32>>,
    known: HashMap<Fingerprint, Rc<[Update]>>,
}

impl BatchReader {
    /// Creates a reader for vehicles with these ids.
    #[must_use]
    pub(super) fn new(ids: &[Uuid]) -> Self {
        let vehicles = (0..)
            .zip(ids)
            .map(|(number, id)| (id.to_string(), number))
            .collect();
        Self {
            vehicles: Rc::new(vehicles),
            known: HashMap::new(),
        }
    }

    /// Parses a whole frame.
    ///
    /// # Errors
    /// Fails if the frame is not a batch.
    pub(super) fn read(&self, frame: Frame<'_>) -> anyhow::Result<(Head, Rc<[Update]>)> {
        let plain = frame.plain()?;
        let batch: Batch<Event<'_>> = frame.encoding.decode(&plain)?;
        let updates = batch.events.iter().filter_map(|event| {
            let vehicle = *self.vehicles.get(event.vehicle_id?)?;
            let x = event.position.as_ref().map_or(event.x, |position| position.x)?;
            Some(Update {
                vehicle,
                seq: seq_of(x),
            })
        });
        Ok((batch.head(), updates.collect()))
    }

    /// Reads a frame from a socket that subscribes to all vehicles. If its events have the length and hash of earlier
    /// events, their parsed content is reused.
    ///
    /// # Errors
    /// Fails if the frame is not a batch.
    pub(super) fn recognise(&mut self, frame: Frame<'_>) -> anyhow::Result<(Head, Rc<[Update]>)> {
        let Some((head, events)) = frame.peek() else {
            return self.read(frame);
        };
        let events: Fingerprint = (events.len(), hash_of(events));
        if let Some(updates) = self.known.get(&events) {
            return Ok((head, Rc::clone(updates)));
        }
        let (head, updates) = self.read(frame)?;
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        self.known.insert(events, Rc::clone(&updates));
        Ok((head, updates))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::protocols::{Encoding, batch};

    fn ids() -> Vec<Uuid> {
        (0..3).map(Uuid::from_u128).collect()
    }

    const NUMBERS: Head = Head {
        tick: 2,
        prev: Some(1),
    };

    #[test]
    fn frames_of_the_forwarder_are_parsed() {
        let payload = format!(
            r#"{{"type":"batch","ts":0,"tick":2,"events":[{{"vehicleId":"{}","x":0.012,"y":3.5}}]}}"#,
            ids()[1]
        );
        let frame = Frame {
            encoding: Encoding::Json,
            payload: payload.as_bytes(),
        };
        let (head, updates) = BatchReader::new(&ids()).read(frame).expect("a batch");
        assert_eq!((head.tick, head.prev), (2, None));
        assert_eq!(*updates, [Update { vehicle: 1, seq: 12 }]);
    }

    #[rstest]
    fn frames_of_the_server_are_parsed(
        #[values(
            Encoding::Json,
            Encoding::JsonDeflate,
            Encoding::MessagePack,
            Encoding::MessagePackDeflate
        )]
        encoding: Encoding,
    ) {
        let [a, b, c] = ids()[..] else {
            unreachable!("there are three")
        };
        let events = json!([
            {"type": "stateChange", "vehicleId": a, "oldStatus": "IDLE", "newStatus": "MOVING"},
            {"type": "positionUpdate", "vehicleId": a, "position": {"x": 0.007, "y": 1}, "state": null},
            {"type": "positionDelta", "vehicleId": b, "position": {"x": 0.012, "timestamp": 5}},
            {"type": "positionDelta", "vehicleId": c, "position": {"heading": 3.5}},
            {"type": "positionDelta", "vehicleId": c, "state": {"currentSpeed": 0.5}},
            {"type": "positionUpdate", "vehicleId": Uuid::from_u128(9), "position": {"x": 0.5, "y": 1}},
        ]);
        let payload = batch(encoding, NUMBERS, &events);
        let frame = Frame {
            encoding,
            payload: &payload,
        };
        let (head, updates) = BatchReader::new(&ids()).read(frame).expect("a batch");
        assert_eq!(head, NUMBERS);
        assert_eq!(
            *updates,
            [Update { vehicle: 0, seq: 7 }, Update { vehicle: 1, seq: 12 }]
        );
    }

    #[rstest]
    fn events_that_were_parsed_before_are_recognised(
        #[values(
            Encoding::Json,
            Encoding::JsonDeflate,
            Encoding::MessagePack,
            Encoding::MessagePackDeflate
        )]
        encoding: Encoding,
    ) {
        let mut reader = BatchReader::new(&ids());
        let mut recognise = |vehicle: usize, tick| {
            let events = json!([{"vehicleId": ids()[vehicle], "position": {"x": 0.001}}]);
            let payload = batch(encoding, Head { tick, ..NUMBERS }, &events);
            let frame = Frame {
                encoding,
                payload: &payload,
            };
            reader.recognise(frame).expect("a batch")
        };
        let (_, first) = recognise(0, 2);
        let (head, again) = recognise(0, 1_200);
        assert_eq!(head.tick, 1_200, "the numbers are the socket's own");
        let (_, other) = recognise(1, 3);
        assert!(Rc::ptr_eq(&first, &again));
        assert_eq!(*other, [Update { vehicle: 1, seq: 1 }]);
    }

    proptest! {
        #[test]
        fn a_sequence_number_survives_the_conversion_to_metres_and_text(seq in 1..9_000_000u32) {
            let text = x_of(seq).to_string();
            prop_assert_eq!(seq_of(text.parse().unwrap()), seq);
        }
    }
}
