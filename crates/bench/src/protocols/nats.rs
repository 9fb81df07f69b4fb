//! Messages of the client protocol of NATS (<https://docs.nats.io/reference/reference-protocols/nats-protocol>): lines,
//! some of which are followed by a payload.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use uuid::Uuid;

use super::incoming::Incoming;
use crate::websocket::{BINARY, client_frame};

const LINE_END: &[u8] = b"\r\n";

/// Returns the command that opens a session in which commands are not acknowledged.
pub(super) fn connect() -> Vec<u8> {
    b"CONNECT {\"verbose\":false}\r\n".to_vec()
}

/// Appends the command that publishes a message from a vehicle.
pub(super) fn put_publish(bytes: &mut Vec<u8>, vehicle: Uuid, message: &str) {
    write!(bytes, "PUB vehicle.{vehicle} {}\r\n{message}\r\n", message.len())
        .expect("a vector takes all bytes");
}

/// Returns the commands that open a session and subscribe to one vehicle, or to all. The answer to the ping shows that
/// the subscription is in effect.
fn subscribe(vehicle: Option<Uuid>) -> Vec<u8> {
    let subject = vehicle.map_or_else(|| "vehicle.*".to_owned(), |id| format!("vehicle.{id}"));
    let mut commands = connect();
    write!(commands, "SUB {subject} 1\r\nPING\r\n").expect("a vector takes all bytes");
    commands
}

/// Interprets the first message, and returns its length; `None` if it is incomplete.
///
/// # Errors
/// Fails if the message is malformed or a refusal, or if `on` fails.
pub(super) fn read(
    bytes: &[u8],
    vehicle: Option<Uuid>,
    on: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<Option<usize>> {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let (line, body) = bytes.split_at(end + 1);
    let line = line.trim_ascii_end();
    if line.starts_with(b"MSG ") {
        let length = payload_length(line)?;
        let after = length.saturating_add(LINE_END.len());
        if body.len() < after {
            return Ok(None);
        }
        on(Incoming::Update(&body[..length]))?;
        return Ok(Some(end + 1 + after));
    }
    if line.starts_with(b"INFO ") {
        on(Incoming::Answer(client_frame(BINARY, &subscribe(vehicle))))?;
    } else if line == b"PING" {
        on(Incoming::Answer(client_frame(BINARY, b"PONG\r\n")))?;
    } else if line == b"PONG" {
        on(Incoming::Subscribed)?;
    } else if line.starts_with(b"-ERR") && line != b"-ERR 'Slow Consumer'" {
        // After `Slow Consumer`, the server closes the connection, which is counted instead.
        bail!("the server reports: {}", String::from_utf8_lossy(line));
    }
    Ok(Some(end + 1))
}

/// Returns the last number of `MSG <subject> <subscription> [reply-to] <bytes>`.
fn payload_length(line: &[u8]) -> anyhow::Result<usize> {
    let number = line.rsplit(|byte| *byte == b' ').next();
    number
        .and_then(|number| std::str::from_utf8(number).ok()?.parse().ok())
        .with_context(|| format!("a message without a length: {}", String::from_utf8_lossy(line)))
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
                // The header of a short frame has two bytes and four of the mask.
                Incoming::Answer(frame) => format!("answer {}", String::from_utf8_lossy(&frame[6..])),
                Incoming::Update(update) => format!("update {}", String::from_utf8_lossy(update)),
                other => format!("{other:?}"),
            });
            Ok(())
        })?;
        Ok((length, found))
    }

    #[test]
    fn a_published_message_states_its_length() {
        let mut commands = Vec::new();
        put_publish(&mut commands, Uuid::nil(), "{}");
        assert_eq!(
            commands,
            b"PUB vehicle.00000000-0000-0000-0000-000000000000 2\r\n{}\r\n"
        );
    }

    #[rstest]
    #[case::opened(
        "INFO {\"max_payload\":1} \r\n",
        &["answer CONNECT {\"verbose\":false}\r\nSUB vehicle.* 1\r\nPING\r\n"],
    )]
    #[case::ping("PING\r\n", &["answer PONG\r\n"])]
    #[case::pong("PONG\r\n", &["Subscribed"])]
    #[case::acknowledged("+OK\r\n", &[])]
    #[case::message("MSG vehicle.a 1 4\r\n{\r\n}\r\n", &["update {\r\n}"])]
    #[case::message_with_a_reply_subject("MSG vehicle.a 1 reply 2\r\n{}\r\n", &["update {}"])]
    #[case::slow_consumer("-ERR 'Slow Consumer'\r\n", &[])]
    fn messages_are_interpreted(#[case] message: &str, #[case] expected: &[&str]) {
        let (length, found) = read_one(message.as_bytes()).expect("a valid message");
        assert_eq!(length, Some(message.len()));
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::refused("-ERR 'Authorization Violation'\r\n")]
    #[case::no_length("MSG vehicle.a 1 many\r\n")]
    fn refusals_and_malformed_messages_are_errors(#[case] message: &str) {
        assert!(read_one(message.as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn an_incomplete_message_is_left_alone(cut in 0..25usize) {
            let message = b"MSG vehicle.a 1 4\r\n{12}\r\n";
            prop_assert_eq!(read_one(&message[..cut]).unwrap(), (None, Vec::new()));
        }

        #[test]
        fn arbitrary_bytes_cause_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
            let _ = read_one(&bytes);
        }
    }
}
