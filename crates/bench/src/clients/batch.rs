//! Parsing of batch frames.

use std::{collections::HashMap, rc::Rc};

use anyhow::Context as _;
use serde::Deserialize;
use uuid::Uuid;

use crate::publish_log::Update;

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
pub(super) fn seq_of(x: f64) -> u32 {
    (x * UPDATES_PER_METRE).round() as u32
}

/// Position of a frame in its socket's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Head {
    /// Number of the frame.
    pub tick: u64,
    /// Number of the preceding frame; `None` if the view is restarted.
    pub prev: Option<u64>,
}

impl Head {
    /// Reads only the start of a frame: `"tick":n`, optionally followed by `"prev":m`. Returns `None` for another
    /// layout.
    #[must_use]
    pub(super) fn peek(frame: &[u8]) -> Option<Self> {
        let beginning = &frame[..frame.len().min(160)];
        let (tick, rest) = number_after(br#""tick":"#, beginning)?;
        let prev = match rest.strip_prefix(b",") {
            Some(rest) if rest.starts_with(br#""prev":"#) => Some(number_after(br#""prev":"#, rest)?.0),
            _ => None,
        };
        Some(Self { tick, prev })
    }
}

fn number_after<'a>(key: &[u8], text: &'a [u8]) -> Option<(u64, &'a [u8])> {
    let start = text.windows(key.len()).position(|window| window == key)? + key.len();
    let digits = text[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    // A number at the end of the text may be truncated.
    let rest = text.get(start + digits..).filter(|rest| !rest.is_empty())?;
    Some((
        std::str::from_utf8(&text[start..start + digits])
            .ok()?
            .parse()
            .ok()?,
        rest,
    ))
}

#[derive(Deserialize)]
struct Batch<'a> {
    tick: u64,
    prev: Option<u64>,
    #[serde(borrow)]
    events: Vec<Event<'a>>,
}

/// A `positionUpdate` from the server, or a vehicle's own message, which the forwarder passes on.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "vehicleId", borrow)]
    vehicle_id: Option<&'a str>,
    position: Option<Point>,
    x: Option<f64>,
}

#[derive(Deserialize)]
struct Point {
    x: f64,
}

/// Length and hash of a frame's events. All bytes are hashed: frames to slow sockets may differ only in the middle.
type Fingerprint = (usize, u64);

fn fingerprint(frame: &[u8]) -> Option<Fingerprint> {
    let key = br#""events":"#;
    let beginning = &frame[..frame.len().min(160)];
    let start = beginning.windows(key.len()).position(|window| window == key)?;
    let events = &frame[start..];
    Some((events.len(), hash_of(events)))
}

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
    /// If the frame is not a batch.
    pub(super) fn read(&self, frame: &[u8]) -> anyhow::Result<(Head, Rc<[Update]>)> {
        let batch: Batch<'_> = serde_json::from_slice(frame).context("a frame is not a batch")?;
        let updates = batch.events.iter().filter_map(|event| {
            let vehicle = *self.vehicles.get(event.vehicle_id?)?;
            let x = event.position.as_ref().map(|position| position.x).or(event.x)?;
            Some(Update {
                vehicle,
                seq: seq_of(x),
            })
        });
        Ok((
            Head {
                tick: batch.tick,
                prev: batch.prev,
            },
            updates.collect(),
        ))
    }

    /// Reads a frame from a socket that subscribes to all vehicles. If its events have the length and hash of earlier
    /// events, their parsed content is reused.
    ///
    /// # Errors
    /// If the frame is not a batch.
    pub(super) fn recognise(&mut self, frame: &[u8]) -> anyhow::Result<(Head, Rc<[Update]>)> {
        let (Some(head), Some(events)) = (Head::peek(frame), fingerprint(frame)) else {
            return self.read(frame);
        };
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

    use super::*;

    fn ids() -> Vec<Uuid> {
        (0..3).map(Uuid::from_u128).collect()
    }

    #[rstest]
    #[case(r#"{"type":"batch","ts":1,"tick":12,"prev":11,"events":[]}"#, Some((12, Some(11))))]
    #[case(r#"{"type":"batch","ts":1,"tick":12,"events":[{"prev":3}]}"#, Some((12, None)))]
    #[case(r#"{"type":"batch","events":[]}"#, None)]
    #[case(r#"{"type":"batch","tick":12"#, None)]
    #[case("", None)]
    fn the_numbers_are_read_from_the_start_of_a_frame(
        #[case] frame: &str,
        #[case] expected: Option<(u64, Option<u64>)>,
    ) {
        assert_eq!(
            Head::peek(frame.as_bytes()).map(|head| (head.tick, head.prev)),
            expected
        );
    }

    #[test]
    fn frames_of_server_and_forwarder_are_parsed() {
        let [a, b, _] = ids()[..] else {
            unreachable!("there are three")
        };
        let frame = format!(
            r#"{{"type":"batch","ts":1,"tick":2,"prev":1,"events":[
                {{"type":"stateChange","vehicleId":"{a}","oldStatus":"IDLE","newStatus":"MOVING"}},
                {{"type":"positionUpdate","vehicleId":"{a}","position":{{"x":0.007,"y":1}},"state":null}},
                {{"vehicleId":"{b}","x":0.012,"y":3.5}},
                {{"vehicleId":"{}","x":0.012,"y":3.5}}]}}"#,
            Uuid::from_u128(9)
        );
        let (head, updates) = BatchReader::new(&ids()).read(frame.as_bytes()).expect("a batch");
        assert_eq!(
            head,
            Head {
                tick: 2,
                prev: Some(1)
            }
        );
        assert_eq!(
            *updates,
            [Update { vehicle: 0, seq: 7 }, Update { vehicle: 1, seq: 12 }]
        );
    }

    #[test]
    fn events_that_were_parsed_before_are_recognised() {
        let frame = |vehicle: Uuid, tick| {
            let id = vehicle.to_string();
            format!(
                r#"{{"type":"batch","tick":{tick},"prev":1,"events":[{{"vehicleId":"{id}","x":0.001}}]}}"#
            )
        };
        let mut reader = BatchReader::new(&ids());
        let (_, first) = reader.recognise(frame(ids()[0], 2).as_bytes()).expect("a batch");
        let (head, again) = reader.recognise(frame(ids()[0], 12).as_bytes()).expect("a batch");
        assert_eq!(head.tick, 12, "the numbers are the socket's own");
        let (_, other) = reader.recognise(frame(ids()[1], 3).as_bytes()).expect("a batch");
        assert!(Rc::ptr_eq(&first, &again));
        assert_eq!(*other, [Update { vehicle: 1, seq: 1 }]);
    }

    proptest! {
        #[test]
        fn a_sequence_number_survives_the_conversion_to_metres_and_text(seq in 1..9_000_000u32) {
            let text = x_of(seq).to_string();
            prop_assert_eq!(seq_of(text.parse().unwrap()), seq);
        }

        #[test]
        fn arbitrary_bytes_are_peeked_at_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Head::peek(&bytes);
        }
    }
}
