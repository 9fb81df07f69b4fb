//! Entries of the stream of dead letters.

use std::collections::HashMap;

use application::{
    Error, Moment, Result,
    ports::{DeadLetterId, StoredDeadLetter},
    telemetry::{Channel, DeadLetter, Rejection},
};
use bytes::Bytes;
use domain::{VehicleId, telemetry::Timestamp};

use crate::wire;

/// Fields of an entry.
pub(super) const CHANNEL: &str = "channel";
pub(super) const PAYLOAD: &str = "payload";
pub(super) const BYTES: &str = "bytes";
pub(super) const REASON: &str = "reason";
pub(super) const RECEIVED_AT: &str = "receivedAt";
pub(super) const DETAIL: &str = "detail";
pub(super) const VEHICLE_ID: &str = "vehicleId";

/// An entry of the stream: its id and its fields. Other programs may write names that are not UTF-8.
pub(super) type Entry = (String, HashMap<Vec<u8>, Vec<u8>>);

/// Parses the id of an entry.
pub(super) fn id(text: &str) -> Result<DeadLetterId> {
    text.parse()
        .map_err(|_| Error::unavailable("redis", format!("{text} is not the id of an entry")))
}

/// Parses an entry; `None` if another program wrote it and it is not a dead letter.
pub(super) fn understood((entry_id, mut fields): Entry) -> Option<StoredDeadLetter> {
    let payload = Bytes::from(fields.remove(PAYLOAD.as_bytes())?);
    let text = |name: &str| std::str::from_utf8(fields.get(name.as_bytes())?).ok();
    let channel: Channel = text(CHANNEL)?.parse().ok()?;
    let vehicle_id = match fields.contains_key(VEHICLE_ID.as_bytes()) {
        true => text(VEHICLE_ID)?.parse().ok(),
        // Letters from version 0.1, and from other programs, may lack the field.
        false => vehicle_named_in(channel, &payload),
    };
    let letter = DeadLetter {
        channel,
        vehicle_id,
        bytes: text(BYTES)?.parse().ok()?,
        rejection: Rejection::new(text(REASON)?.parse().ok()?, text(DETAIL).unwrap_or_default()),
        received_at: Timestamp::from_unix_ms(text(RECEIVED_AT)?.parse().ok()?).ok()?,
        payload,
    };
    Some(StoredDeadLetter {
        id: entry_id.parse().ok()?,
        letter,
    })
}

/// Returns the vehicle that a payload names; `None` if it names none or several.
fn vehicle_named_in(channel: Channel, payload: &Bytes) -> Option<VehicleId> {
    let message = wire::decode(channel, payload.clone(), Moment::default(), usize::MAX);
    match &message.items[..] {
        [item] => item.vehicle_id,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use application::telemetry::Reason;

    use super::*;

    const VEHICLE: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

    fn entry_of(fields: &[(&str, &str)]) -> Entry {
        let fields = fields
            .iter()
            .map(|(name, text)| (name.as_bytes().to_vec(), text.as_bytes().to_vec()));
        ("1732333333123-4".to_owned(), fields.collect())
    }

    fn letter_with<'a>(payload: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut fields = vec![
            ("channel", "vehicle:position:update"),
            ("payload", payload),
            ("bytes", "9000"),
            ("reason", "jump"),
            ("receivedAt", "1732333333123"),
        ];
        fields.extend(more);
        fields
    }

    #[test]
    fn an_entry_with_the_documented_fields_is_a_letter() {
        let fields = letter_with("{}", &[("detail", "too far"), ("vehicleId", VEHICLE)]);
        let stored = understood(entry_of(&fields)).expect("a letter");
        assert_eq!(stored.id.to_string(), "1732333333123-4");
        let letter = stored.letter;
        assert_eq!(letter.channel, Channel::Position);
        assert_eq!((&letter.payload[..], letter.bytes), (&b"{}"[..], 9_000));
        assert_eq!(letter.rejection, Rejection::new(Reason::Jump, "too far"));
        assert_eq!(letter.received_at.as_unix_ms(), 1_732_333_333_123);
        assert_eq!(
            letter.vehicle_id.map(|id| id.to_string()).as_deref(),
            Some(VEHICLE)
        );
    }

    #[test]
    fn without_the_field_the_payload_names_the_vehicle() {
        let object = format!(r#"{{"vehicleId":"{VEHICLE}","x":"far"}}"#);
        let several = format!("[{object},{object}]");
        for (payload, expected) in [
            (object.as_str(), Some(VEHICLE)),
            (several.as_str(), None),
            ("hello", None),
            ("", None),
        ] {
            let stored = understood(entry_of(&letter_with(payload, &[]))).expect("a letter");
            let named = stored.letter.vehicle_id.map(|id| id.to_string());
            assert_eq!(named.as_deref(), expected, "{payload}");
        }
    }

    #[test]
    fn entries_of_other_programs_are_not_letters() {
        for missing in ["channel", "payload", "bytes", "reason", "receivedAt"] {
            let mut fields = letter_with("{}", &[]);
            fields.retain(|(name, _)| *name != missing);
            assert!(understood(entry_of(&fields)).is_none(), "without {missing}");
        }
        for (name, text) in [
            ("channel", "news"),
            ("bytes", "-1"),
            ("reason", "dislike"),
            ("receivedAt", "noon"),
        ] {
            let mut fields = letter_with("{}", &[]);
            fields.retain(|(other, _)| *other != name);
            fields.push((name, text));
            assert!(understood(entry_of(&fields)).is_none(), "{name} {text}");
        }
    }
}
