//! Reading of individual updates, as vehicles publish them.

use std::collections::HashMap;

use anyhow::Context as _;
use serde::Deserialize;
use uuid::Uuid;

use super::batch::seq_of;
use crate::publish_log::Update;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "vehicleId")]
    vehicle_id: &'a str,
    x: f64,
}

/// Reader of updates. There may be a million of them per second, so the fields at the start are usually read without
/// parsing the rest.
#[derive(Debug)]
pub(super) struct UpdateReader {
    vehicles: HashMap<[u8; 36], u32>,
}

impl UpdateReader {
    /// Creates a reader for vehicles with the given ids.
    #[must_use]
    pub(super) fn new(ids: &[Uuid]) -> Self {
        let text = |id: &Uuid| {
            let mut text = [0; 36];
            id.hyphenated().encode_lower(&mut text);
            text
        };
        Self {
            vehicles: ids.iter().map(text).zip(0..).collect(),
        }
    }

    /// Parses a whole message. Returns `None` for other vehicles.
    ///
    /// # Errors
    /// Fails if the message is not from a vehicle.
    pub(super) fn read(&self, message: &[u8]) -> anyhow::Result<Option<Update>> {
        let Message { vehicle_id, x } =
            serde_json::from_slice(message).context("a message is not from a vehicle")?;
        let id = <&[u8; 36]>::try_from(vehicle_id.as_bytes()).ok();
        let vehicle = id.and_then(|id| self.vehicles.get(id));
        Ok(vehicle.map(|vehicle| Update {
            vehicle: *vehicle,
            seq: seq_of(x),
        }))
    }

    /// Reads only the start of a message if it has the publisher's layout; otherwise parses the whole message.
    ///
    /// # Errors
    /// Fails if the message is not from a vehicle.
    pub(super) fn recognise(&self, message: &[u8]) -> anyhow::Result<Option<Update>> {
        self.peek(message)
            .map_or_else(|| self.read(message), |update| Ok(Some(update)))
    }

    fn peek(&self, message: &[u8]) -> Option<Update> {
        let rest = message.strip_prefix(br#"{"vehicleId":""#)?;
        let (id, rest) = rest.split_first_chunk::<36>()?;
        let rest = rest.strip_prefix(br#"","x":"#)?;
        let end = rest.iter().position(|byte| *byte == b',')?;
        let x = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
        Some(Update {
            vehicle: *self.vehicles.get(id)?,
            seq: seq_of(x),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const ID: &str = "00000000-0000-0000-0000-000000000001";

    fn reader() -> UpdateReader {
        UpdateReader::new(&[Uuid::nil(), Uuid::from_u128(1)])
    }

    #[rstest]
    #[case::as_published(format!(r#"{{"vehicleId":"{ID}","x":0.007,"y":1.5}}"#), Some((1, 7)))]
    #[case::a_whole_number(format!(r#"{{"vehicleId":"{ID}","x":3,"y":1.5}}"#), Some((1, 3_000)))]
    #[case::another_order(format!(r#"{{"x":0.012,"vehicleId":"{ID}"}}"#), Some((1, 12)))]
    #[case::x_at_the_end(format!(r#"{{"vehicleId":"{ID}","x":0.007}}"#), Some((1, 7)))]
    #[case::another_vehicle(r#"{"vehicleId":"00000000-0000-0000-0000-000000000009","x":1,"y":0}"#.to_owned(), None)]
    #[case::a_short_id(r#"{"vehicleId":"9","x":1,"y":0}"#.to_owned(), None)]
    fn updates_are_recognised_and_parsed_alike(
        #[case] message: String,
        #[case] expected: Option<(u32, u32)>,
    ) {
        let found = |update: Option<Update>| update.map(|update| (update.vehicle, update.seq));
        assert_eq!(found(reader().recognise(message.as_bytes()).unwrap()), expected);
        assert_eq!(found(reader().read(message.as_bytes()).unwrap()), expected);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_not_an_update(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(reader().recognise(&bytes).is_err());
        }
    }
}
