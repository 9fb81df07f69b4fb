//! Settings of a socket.

use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Deserialize;

/// Encoding of the frames on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Encoding {
    /// JSON in text frames
    #[default]
    Json,
    /// JSON, compressed
    #[value(name = "json.deflate")]
    JsonDeflate,
    /// MessagePack
    #[value(name = "msgpack")]
    MessagePack,
    /// MessagePack, compressed
    #[value(name = "msgpack.deflate")]
    MessagePackDeflate,
}

impl Encoding {
    /// All encodings, in the order of reports.
    pub(crate) const ALL: [Self; 4] = [
        Self::Json,
        Self::JsonDeflate,
        Self::MessagePack,
        Self::MessagePackDeflate,
    ];

    /// Returns the subprotocol that chooses the encoding.
    #[must_use]
    pub(crate) const fn subprotocol(self) -> &'static str {
        match self {
            Self::Json => "fleetwatch.v1.json",
            Self::JsonDeflate => "fleetwatch.v1.json.deflate",
            Self::MessagePack => "fleetwatch.v1.msgpack",
            Self::MessagePackDeflate => "fleetwatch.v1.msgpack.deflate",
        }
    }

    #[must_use]
    pub(super) const fn is_compressed(self) -> bool {
        matches!(self, Self::JsonDeflate | Self::MessagePackDeflate)
    }

    #[must_use]
    pub(super) const fn is_message_pack(self) -> bool {
        matches!(self, Self::MessagePack | Self::MessagePackDeflate)
    }

    /// Decodes a payload without compression.
    ///
    /// # Errors
    /// Fails if the payload is malformed or has another type.
    pub(crate) fn decode<'a, T: Deserialize<'a>>(self, plain: &'a [u8]) -> anyhow::Result<T> {
        if self.is_message_pack() {
            rmp_serde::from_slice(plain).context("a frame is not the expected MessagePack")
        } else {
            serde_json::from_slice(plain).context("a frame is not the expected JSON")
        }
    }
}

/// Form in which changed vehicles are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Mode {
    /// Whole updates
    #[default]
    Full,
    /// Changed fields only
    Delta,
}

/// Settings of a socket. The defaults are those of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Settings {
    pub encoding: Encoding,
    pub mode: Mode,
    /// Interval between two updates of a vehicle; `None` for the server's default.
    pub interval: Option<Duration>,
}

impl Settings {
    #[must_use]
    pub(crate) const fn new(encoding: Encoding, mode: Mode) -> Self {
        Self {
            encoding,
            mode,
            interval: None,
        }
    }

    /// Returns the settings with another interval.
    #[must_use]
    pub(crate) const fn every(self, interval: Duration) -> Self {
        Self {
            interval: Some(interval),
            ..self
        }
    }

    /// Returns the message that configures a socket; `None` if there is nothing to configure.
    pub(crate) fn message(self) -> Option<String> {
        let interval = self
            .interval
            .map(|interval| format!(r#","intervalMs":{}"#, interval.as_millis()));
        let mode = match self.mode {
            Mode::Full => None,
            Mode::Delta => Some(r#","mode":"delta""#),
        };
        if interval.is_none() && mode.is_none() {
            return None;
        }
        let (interval, mode) = (interval.unwrap_or_default(), mode.unwrap_or_default());
        Some(format!(r#"{{"type":"configure"{interval}{mode}}}"#))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_that_differ_from_the_defaults_are_configured() {
        let message = |mode, interval_ms: Option<u64>| {
            let settings = Settings {
                encoding: Encoding::MessagePack,
                mode,
                interval: interval_ms.map(Duration::from_millis),
            };
            settings.message()
        };
        assert_eq!(message(Mode::Full, None), None);
        assert_eq!(
            message(Mode::Full, Some(0)).as_deref(),
            Some(r#"{"type":"configure","intervalMs":0}"#)
        );
        assert_eq!(
            message(Mode::Delta, Some(250)).as_deref(),
            Some(r#"{"type":"configure","intervalMs":250,"mode":"delta"}"#)
        );
    }

    #[test]
    fn encodings_are_named_like_their_subprotocols() {
        for encoding in Encoding::ALL {
            let value = encoding
                .to_possible_value()
                .expect("every encoding can be chosen");
            assert_eq!(
                encoding.subprotocol(),
                format!("fleetwatch.v1.{}", value.get_name())
            );
        }
    }
}
