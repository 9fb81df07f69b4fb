//! The JSON form of the messages, as the [rosbridge protocol](https://github.com/RobotWebTools/rosbridge_suite)
//! writes it: one object per message with the fields of its definition.
//!
//! JSON has neither NaN nor infinity, and rosbridge writes `null` for them: where a number belongs, `null` is read
//! as NaN, and a number too large for 64 bits as an infinity. What a sender may leave out reads as the definition's
//! default; what a receiver would be misled by (stamps, positions, orientations, a battery's percentage) must be
//! there. Unknown fields are passed over.

use std::fmt;

use serde::{
    Deserialize,
    de::{Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::messages::{BatteryState, Covariance, Odometry, PoseStamped, PoseWithCovarianceStamped};

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

/// Reads a number; `null` is NaN, a number beyond the range of 64 bits infinite.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let text = <&RawValue>::deserialize(deserializer)?.get();
    match text.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => text.parse().map_err(D::Error::custom),
        Some(b'n') => Ok(f64::NAN),
        Some(b'"') => Err(D::Error::custom("must be a number, not a string")),
        Some(b'{') => Err(D::Error::custom("must be a number, not an object")),
        Some(b'[') => Err(D::Error::custom("must be a number, not an array")),
        _ => Err(D::Error::custom("must be a number, not a boolean")),
    }
}

/// Reads the 36 numbers of a covariance, which are many, and of which nobody asks whether they are finite.
pub(crate) fn covariance<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Covariance, D::Error> {
    struct Matrix;

    impl<'de> Visitor<'de> for Matrix {
        type Value = Covariance;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("36 numbers")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Covariance, A::Error> {
            let mut matrix = [0.0; 36];
            for (index, cell) in matrix.iter_mut().enumerate() {
                let value: Option<f64> = elements
                    .next_element()?
                    .ok_or_else(|| A::Error::invalid_length(index, &self))?;
                *cell = value.unwrap_or(f64::NAN);
            }
            match elements.next_element::<IgnoredAny>()? {
                None => Ok(matrix),
                Some(_) => Err(A::Error::invalid_length(37, &self)),
            }
        }
    }

    deserializer.deserialize_seq(Matrix)
}

/// What a covariance is when nobody says.
pub(crate) const fn no_covariance() -> Covariance {
    [0.0; 36]
}

/// What a measurement is that nobody made.
pub(crate) const fn not_measured() -> f64 {
    f64::NAN
}

#[cfg(test)]
mod tests;
