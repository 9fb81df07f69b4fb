//! The JSON form of messages, as in the [rosbridge protocol](https://github.com/RobotWebTools/rosbridge_suite): one
//! object per message with the fields of its definition.
//!
//! JSON has neither NaN nor infinity, for which rosbridge writes `null`. In place of a number, `null` is read as NaN,
//! and a number too large for 64 bits as an infinity. Optional fields default to the values of the definition. Fields
//! whose default would mislead a receiver (stamps, positions, orientations, a battery's percentage) are required.
//! Unknown fields are ignored.

use serde::Deserialize;

use crate::messages::{BatteryState, Odometry, PoseStamped, PoseWithCovarianceStamped};

/// Message with a JSON form.
pub trait Message: for<'de> Deserialize<'de> {}

impl Message for Odometry {}
impl Message for PoseStamped {}
impl Message for PoseWithCovarianceStamped {}
impl Message for BatteryState {}

/// Error of decoding the JSON form of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{message}", .path, if .path.is_empty() { "" } else { " " })]
pub struct Fault {
    /// Path of the field, such as `pose.pose.position.x`; empty for the message itself.
    pub path: String,
    pub message: String,
}

/// Decodes the object in a rosbridge message's field `msg`.
///
/// # Errors
/// [`Fault`] with the first field that is missing or of another type.
pub fn decode<M: Message>(json: &str) -> Result<M, Fault> {
    // Tracking the path costs as much as decoding, so it is only done for messages with a fault.
    serde_json::from_str(json).or_else(|_| {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        serde_path_to_error::deserialize(&mut deserializer).map_err(Fault::from)
    })
}

impl From<serde_path_to_error::Error<serde_json::Error>> for Fault {
    fn from(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = match error.path().to_string() {
            path if path == "." => String::new(),
            path => path,
        };
        let text = error.into_inner().to_string();
        let message = text
            .rsplit_once(" at line ")
            .map_or(&*text, |(message, _)| message)
            .to_owned();
        Self { path, message }
    }
}

#[cfg(test)]
mod tests;
