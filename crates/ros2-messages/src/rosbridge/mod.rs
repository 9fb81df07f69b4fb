//! The JSON form of messages, as in the [rosbridge protocol](https://github.com/RobotWebTools/rosbridge_suite): one
//! object per message with the fields of its definition.
//!
//! JSON has neither NaN nor infinity, and rosbridge writes `null` for both. In place of a floating-point number, `null`
//! is read as NaN. A number too large for an `f64` is read as infinity, except in a covariance, where it is an error. A
//! missing field gets a neutral value (an empty name, zero, NaN for a measurement, or `None` for a twist), except where
//! that would mislead the receiver: stamps, positions, orientations and a battery's percentage are required. Unknown
//! fields are ignored.

use serde::Deserialize;

use crate::messages::{BatteryState, Odometry, PoseStamped, PoseWithCovarianceStamped};

/// Message that has a JSON form.
pub trait Message: for<'de> Deserialize<'de> {}

impl Message for Odometry {}
impl Message for PoseStamped {}
impl Message for PoseWithCovarianceStamped {}
impl Message for BatteryState {}

/// Error returned when the JSON form of a message cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{message}", .path, if .path.is_empty() { "" } else { " " })]
pub struct Fault {
    /// Path of the field, such as `pose.pose.position.x`; empty if the fault concerns the whole message.
    pub path: String,
    pub message: String,
}

/// Decodes a message from the object in the field `msg` of a rosbridge message.
///
/// # Errors
/// Fails at the first field that is missing or has the wrong type, and for text that is not JSON.
pub fn decode<M: Message>(json: &str) -> Result<M, Fault> {
    // Tracking the path costs as much as decoding, so it is done only for messages that have a fault.
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
