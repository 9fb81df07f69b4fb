//! The JSON form of the messages, as the [rosbridge protocol](https://github.com/RobotWebTools/rosbridge_suite)
//! writes it: one object per message with the fields of its definition.
//!
//! JSON has neither NaN nor infinity, and rosbridge writes `null` for them: where a number belongs, `null` is read
//! as NaN, and a number too large for 64 bits as an infinity. What a sender may leave out reads as the definition's
//! default; what a receiver would be misled by (stamps, positions, orientations, a battery's percentage) must be
//! there. Unknown fields are passed over.

use serde::Deserialize;

use crate::messages::{BatteryState, Odometry, PoseStamped, PoseWithCovarianceStamped};

/// A message that has a JSON form.
pub trait Message: for<'de> Deserialize<'de> {}

impl Message for Odometry {}
impl Message for PoseStamped {}
impl Message for PoseWithCovarianceStamped {}
impl Message for BatteryState {}

/// Why a text is not the JSON form of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{message}", .path, if .path.is_empty() { "" } else { " " })]
pub struct Fault {
    /// The field, such as `pose.pose.position.x`; empty for the message itself.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// Decodes the object in a rosbridge message's field `msg`.
///
/// # Errors
/// Names the first field that is missing or of another type.
pub fn decode<M: Message>(json: &str) -> Result<M, Fault> {
    // Keeping track of the path costs as much as decoding: it is paid only for what is wrong.
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
