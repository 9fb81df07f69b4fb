//! Messages of Socket.IO 4: Engine.IO packets in text frames, whose first digit is their type. Packets of type 4
//! contain Socket.IO packets, which also begin with the digit of their type.

use anyhow::bail;
use uuid::Uuid;

use super::incoming::Incoming;
use crate::websocket::{TEXT, client_frame};

/// Request target of the handshake.
pub(super) const PATH: &str = "/socket.io/?EIO=4&transport=websocket";

/// Start of the event that contains an update.
const UPDATE: &[u8] = br#"42["positionUpdate","#;

/// Interprets a text frame.
///
/// # Errors
/// Fails if the server ends the session, or if `on` fails.
pub(super) fn read(
    text: &[u8],
    vehicle: Option<Uuid>,
    on: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let update = text
        .strip_prefix(UPDATE)
        .and_then(|update| update.strip_suffix(b"]"));
    if let Some(update) = update {
        return on(Incoming::Update(update));
    }
    match text {
        // The transport is open: connect to the default namespace.
        [b'0', ..] => on(answer("40")),
        // Connected. Events that are sent earlier are ignored.
        [b'4', b'0', ..] => on(answer(&subscription(vehicle))),
        // The subscription is acknowledged.
        [b'4', b'3', ..] => on(Incoming::Subscribed),
        // The server sends pings, and closes sockets that do not answer them.
        [b'2', ..] => on(answer("3")),
        [b'1', ..] | [b'4', b'1' | b'4', ..] => {
            bail!("the session was ended: {}", String::from_utf8_lossy(text))
        }
        _ => Ok(()),
    }
}

fn answer(text: &str) -> Incoming<'static> {
    Incoming::Answer(client_frame(TEXT, text.as_bytes()))
}

/// Returns an event with the number 0, which the server repeats in its acknowledgement.
fn subscription(vehicle: Option<Uuid>) -> String {
    match vehicle {
        Some(id) => format!(r#"420["subscribeVehicle","{id}"]"#),
        None => r#"420["subscribeAll"]"#.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Returns a description of each result of a text, including the texts of answers.
    fn read_all(text: &str, vehicle: Option<Uuid>) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        read(text.as_bytes(), vehicle, &mut |incoming| {
            found.push(match incoming {
                // The header of a short frame has two bytes and four of the mask.
                Incoming::Answer(frame) => format!("answer {}", String::from_utf8_lossy(&frame[6..])),
                Incoming::Update(update) => format!("update {}", String::from_utf8_lossy(update)),
                other => format!("{other:?}"),
            });
            Ok(())
        })?;
        Ok(found)
    }

    #[rstest]
    #[case::open(r#"0{"sid":"a","pingInterval":25000}"#, &["answer 40"])]
    #[case::connected(r#"40{"sid":"b"}"#, &[r#"answer 420["subscribeAll"]"#])]
    #[case::acknowledged("430[]", &["Subscribed"])]
    #[case::ping("2", &["answer 3"])]
    #[case::update(r#"42["positionUpdate",{"x":1,"tags":["a"]}]"#, &[r#"update {"x":1,"tags":["a"]}"#])]
    #[case::another_event(r#"42["news",1]"#, &[])]
    #[case::noop("6", &[])]
    #[case::empty("", &[])]
    fn packets_are_interpreted(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(read_all(text, None).expect("a valid packet"), expected);
    }

    #[test]
    fn one_vehicle_is_subscribed_to_by_its_id() {
        let answers = read_all(r#"40{"sid":"b"}"#, Some(Uuid::from_u128(7))).expect("a valid packet");
        let expected = r#"answer 420["subscribeVehicle","00000000-0000-0000-0000-000000000007"]"#;
        assert_eq!(answers, [expected]);
    }

    #[rstest]
    #[case::closed("1")]
    #[case::disconnected("41")]
    #[case::refused(r#"44{"message":"not authorized"}"#)]
    fn the_end_of_a_session_is_an_error(#[case] text: &str) {
        assert!(read_all(text, None).is_err());
    }
}
