//! Packets of MQTT 3.1.1 (<https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html>) for clients that publish and
//! subscribe with QoS 0.

use anyhow::{Context as _, ensure};
use uuid::Uuid;

use super::incoming::Incoming;
use crate::websocket::{BINARY, client_frame};

/// Subprotocol of MQTT over WebSocket.
pub(super) const SUBPROTOCOL: &str = "mqtt";

// First bytes of packets: the type, and flags where their values are fixed.
const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;

/// Bits of the first byte that contain the type.
const TYPE: u8 = 0xF0;
/// Bits of the first byte of PUBLISH that contain the QoS.
const QOS: u8 = 0x06;
/// Bit that is set in all bytes of a length but the last.
const MORE: u8 = 0x80;
/// Maximum number of bytes of a length.
const LENGTH_BYTES: usize = 4;
/// Version 3.1.1.
const LEVEL: u8 = 4;
const CLEAN_SESSION: u8 = 0x02;
/// Return codes of SUBACK from here on are failures.
const FAILURE: u8 = 0x80;

/// Returns the packet that opens a session without a client id, credentials or a keep-alive interval.
pub(super) fn connect() -> Vec<u8> {
    let mut packet = Vec::new();
    let flags = [LEVEL, CLEAN_SESSION, 0, 0];
    put_packet(&mut packet, CONNECT, &[&text("MQTT"), &flags, &text("")]);
    packet
}

/// Appends the packet that publishes a message from a vehicle.
pub(super) fn put_publish(bytes: &mut Vec<u8>, vehicle: Uuid, message: &str) {
    let topic = text(&topic(Some(vehicle)));
    put_packet(bytes, PUBLISH, &[&topic, message.as_bytes()]);
}

/// Returns the packet that subscribes to one vehicle, or to all.
fn subscribe(vehicle: Option<Uuid>) -> Vec<u8> {
    let mut packet = Vec::new();
    let (id, qos) = ([0_u8, 1], [0_u8]);
    put_packet(&mut packet, SUBSCRIBE, &[&id, &text(&topic(vehicle)), &qos]);
    packet
}

fn topic(vehicle: Option<Uuid>) -> String {
    vehicle.map_or_else(|| "vehicle/+".to_owned(), |id| format!("vehicle/{id}"))
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

fn put_packet(bytes: &mut Vec<u8>, first: u8, parts: &[&[u8]]) {
    bytes.push(first);
    let mut length: usize = parts.iter().map(|part| part.len()).sum();
    loop {
        let digit = (length % 128) as u8;
        length /= 128;
        if length == 0 {
            bytes.push(digit);
            break;
        }
        bytes.push(digit | MORE);
    }
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
}

/// Interprets the first packet, and returns its length; `None` if it is incomplete.
///
/// # Errors
/// Fails if the packet is malformed or a refusal, or if `on` fails.
pub(super) fn read(
    bytes: &[u8],
    vehicle: Option<Uuid>,
    on: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<Option<usize>> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    let Some((length, digits)) = length(rest)? else {
        return Ok(None);
    };
    let Some(body) = rest.get(digits..digits + length) else {
        return Ok(None);
    };
    match first & TYPE {
        CONNACK => {
            ensure!(body.get(1) == Some(&0), "the connection was refused: {body:?}");
            on(Incoming::Answer(client_frame(BINARY, &subscribe(vehicle))))?;
        }
        SUBACK => {
            let is_accepted = body.last().is_some_and(|code| *code < FAILURE);
            ensure!(is_accepted, "a subscription was refused: {body:?}");
            on(Incoming::Subscribed)?;
        }
        PUBLISH => on(Incoming::Update(payload(first, body)?))?,
        _ => {}
    }
    Ok(Some(1 + digits + length))
}

/// Returns the length of a packet's body, and the number of bytes that encode it; `None` if they are incomplete.
fn length(bytes: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let mut length = 0;
    for (place, byte) in bytes.iter().take(LENGTH_BYTES).enumerate() {
        length |= usize::from(byte & !MORE) << (7 * place);
        if byte & MORE == 0 {
            return Ok(Some((length, place + 1)));
        }
    }
    ensure!(
        bytes.len() < LENGTH_BYTES,
        "the length of a packet takes more than {LENGTH_BYTES} bytes"
    );
    Ok(None)
}

fn payload(first: u8, body: &[u8]) -> anyhow::Result<&[u8]> {
    let topic = body
        .first_chunk()
        .map(|length| usize::from(u16::from_be_bytes(*length)));
    let id = if first & QOS == 0 { 0 } else { 2 };
    topic
        .and_then(|topic| body.get(2 + topic + id..))
        .context("a message is shorter than its topic")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn read_one(bytes: &[u8]) -> anyhow::Result<(Option<usize>, Vec<String>)> {
        let mut found = Vec::new();
        let length = read(bytes, None, &mut |incoming| {
            found.push(match incoming {
                Incoming::Update(update) => String::from_utf8_lossy(update).into_owned(),
                other => format!("{other:?}"),
            });
            Ok(())
        })?;
        Ok((length, found))
    }

    #[test]
    fn a_session_is_opened_without_an_identity() {
        let expected = b"\x10\x0C\x00\x04MQTT\x04\x02\x00\x00\x00\x00";
        assert_eq!(connect(), expected);
    }

    #[test]
    fn all_vehicles_are_subscribed_to_by_a_wildcard() {
        assert_eq!(subscribe(None), b"\x82\x0E\x00\x01\x00\x09vehicle/+\x00");
    }

    #[test]
    fn a_published_message_is_found_in_its_packet() {
        // A length of more than 127 takes two bytes.
        let message = "x".repeat(300);
        let mut packet = Vec::new();
        put_publish(&mut packet, Uuid::from_u128(7), &message);
        assert_eq!(packet[..3], [0x30, 0xDA, 0x02]);
        let complete = packet.len();
        assert_eq!(
            read_one(&packet).expect("a valid packet"),
            (Some(complete), vec![message])
        );
    }

    #[test]
    fn the_packet_id_of_a_higher_qos_is_skipped() {
        let packet = b"\x32\x07\x00\x01a\x00\x09{}";
        assert_eq!(
            read_one(packet).expect("a valid packet"),
            (Some(9), vec!["{}".to_owned()])
        );
    }

    #[rstest]
    #[case::connected(b"\x20\x02\x00\x00", "Answer")]
    #[case::subscribed(b"\x90\x03\x00\x01\x00", "Subscribed")]
    fn answers_are_interpreted(#[case] packet: &[u8], #[case] expected: &str) {
        let (length, found) = read_one(packet).expect("a valid packet");
        assert_eq!((length, found.len()), (Some(packet.len()), 1));
        assert!(found[0].starts_with(expected), "{found:?}");
    }

    #[rstest]
    #[case::connection(b"\x20\x02\x00\x05")]
    #[case::subscription(b"\x90\x03\x00\x01\x80")]
    #[case::endless_length(b"\x30\xFF\xFF\xFF\xFF")]
    #[case::topic_without_end(b"\x30\x03\x00\x09a")]
    fn refusals_and_malformed_packets_are_errors(#[case] packet: &[u8]) {
        assert!(read_one(packet).is_err());
    }

    proptest! {
        #[test]
        fn an_incomplete_packet_is_left_alone(message in "[a-z]{0,300}", cut in 0..300usize) {
            let mut packet = Vec::new();
            put_publish(&mut packet, Uuid::nil(), &message);
            let cut = cut.min(packet.len() - 1);
            prop_assert_eq!(read_one(&packet[..cut]).unwrap(), (None, Vec::new()));
        }

        #[test]
        fn arbitrary_bytes_cause_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
            let _ = read_one(&bytes);
        }
    }
}
