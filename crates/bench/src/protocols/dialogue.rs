//! The subscribing side of each protocol: the frames that a client sends, and the reading of those it receives.

use uuid::Uuid;

use super::{Area, Incoming, Protocol, fleetwatch, mqtt, nats, socket_io};
use crate::{
    splitter::Splitter,
    websocket::{BINARY, CONTINUATION, TEXT, client_frame},
};

/// Subscriber's side of a WebSocket that is subscribed to one vehicle, or to all.
#[derive(Debug)]
pub(crate) struct Dialogue {
    protocol: Protocol,
    vehicle: Option<Uuid>,
    area: Option<Area>,
    /// For protocols whose messages may be spread over frames.
    splitter: Splitter,
}

impl Dialogue {
    /// Creates the dialogue of a subscription to a vehicle; `None` for all vehicles.
    #[must_use]
    pub(crate) fn new(protocol: Protocol, vehicle: Option<Uuid>) -> Self {
        Self {
            protocol,
            vehicle,
            area: None,
            splitter: Splitter::default(),
        }
    }

    /// Limits a subscription to all vehicles to those in `area`, if any. Only fleetwatch supports this.
    #[must_use]
    pub(crate) fn within(self, area: Option<Area>) -> Self {
        Self { area, ..self }
    }

    /// Returns the request target of the handshake.
    #[must_use]
    pub(crate) fn path(&self) -> String {
        match self.protocol {
            Protocol::Fleetwatch(_) => "/ws".to_owned(),
            Protocol::SocketIo => socket_io::PATH.to_owned(),
            Protocol::Nchan => match self.vehicle {
                Some(id) => format!("/subscribe/{id}"),
                None => "/subscribe/all".to_owned(),
            },
            Protocol::Mqtt | Protocol::Nats => "/".to_owned(),
        }
    }

    /// Returns the subprotocol to request.
    #[must_use]
    pub(crate) const fn subprotocol(&self) -> Option<&'static str> {
        match self.protocol {
            Protocol::Fleetwatch(settings) => Some(settings.encoding.subprotocol()),
            Protocol::Mqtt => Some(mqtt::SUBPROTOCOL),
            Protocol::SocketIo | Protocol::Nchan | Protocol::Nats => None,
        }
    }

    /// Returns the frames to send when the socket is open.
    #[must_use]
    pub(crate) fn opening(&self) -> Vec<u8> {
        match self.protocol {
            Protocol::Fleetwatch(settings) => fleetwatch::opening(settings, self.vehicle, self.area),
            Protocol::Mqtt => client_frame(BINARY, &mqtt::connect()),
            // The first two wait for the server; with nchan, the path is the subscription.
            Protocol::SocketIo | Protocol::Nats | Protocol::Nchan => Vec::new(),
        }
    }

    /// Returns `true` if the handshake is the subscription, so that no [`Incoming::Subscribed`] follows.
    #[must_use]
    pub(crate) const fn subscribes_in_handshake(&self) -> bool {
        matches!(self.protocol, Protocol::Nchan)
    }

    /// Interprets a frame other than a control frame, and calls `on` for each [`Incoming`] in it.
    ///
    /// # Errors
    /// Fails if the server refuses the subscription or sends something malformed, or if `on` fails.
    pub(crate) fn read(
        &mut self,
        opcode: u8,
        payload: &[u8],
        mut on: impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let vehicle = self.vehicle;
        match (self.protocol, opcode) {
            (Protocol::Fleetwatch(settings), TEXT | BINARY) => {
                fleetwatch::read(settings.encoding, payload, &mut on)
            }
            (Protocol::SocketIo, TEXT) => socket_io::read(payload, vehicle, &mut on),
            (Protocol::Nchan, TEXT) => on(Incoming::Update(payload)),
            (Protocol::Mqtt, BINARY | CONTINUATION) => self
                .splitter
                .read(payload, |bytes| mqtt::read(bytes, vehicle, &mut on)),
            (Protocol::Nats, BINARY | CONTINUATION) => self
                .splitter
                .read(payload, |bytes| nats::read(bytes, vehicle, &mut on)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Returns the updates in frames.
    fn updates(protocol: Protocol, frames: &[(u8, &str)]) -> Vec<String> {
        let (mut dialogue, mut found) = (Dialogue::new(protocol, None), Vec::new());
        for (opcode, payload) in frames {
            let outcome = dialogue.read(*opcode, payload.as_bytes(), |incoming| {
                if let Incoming::Update(update) = incoming {
                    found.push(String::from_utf8_lossy(update).into_owned());
                }
                Ok(())
            });
            outcome.expect("valid frames");
        }
        found
    }

    #[rstest]
    #[case::socket_io(Protocol::SocketIo, &[(TEXT, r#"42["positionUpdate",{"x":1}]"#)], &[r#"{"x":1}"#])]
    #[case::nchan(Protocol::Nchan, &[(TEXT, r#"{"x":1}"#)], &[r#"{"x":1}"#])]
    #[case::mqtt(Protocol::Mqtt, &[(BINARY, "\x30\x05\x00\x01a{}\x30\x05\x00\x01b[]")], &["{}", "[]"])]
    #[case::mqtt_split(Protocol::Mqtt, &[(BINARY, "\x30\x05\x00"), (CONTINUATION, "\x01a{}")], &["{}"])]
    #[case::nats(Protocol::Nats, &[(BINARY, "MSG a 1 2\r\n{}\r\nMSG b 1 2\r\n[]\r\n")], &["{}", "[]"])]
    #[case::nats_split(Protocol::Nats, &[(BINARY, "MSG a 1 2\r\n{"), (BINARY, "}\r\n")], &["{}"])]
    fn updates_are_found_in_frames(
        #[case] protocol: Protocol,
        #[case] frames: &[(u8, &str)],
        #[case] expected: &[&str],
    ) {
        assert_eq!(updates(protocol, frames), expected);
    }

    #[test]
    fn a_channel_is_chosen_by_the_path() {
        let path = |vehicle| Dialogue::new(Protocol::Nchan, vehicle).path();
        assert_eq!(path(None), "/subscribe/all");
        assert_eq!(
            path(Some(Uuid::from_u128(7))),
            "/subscribe/00000000-0000-0000-0000-000000000007"
        );
    }
}
