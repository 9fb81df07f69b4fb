//! Numbers in the JSON form, where `null` is NaN.

use std::fmt;

use serde::{
    Deserialize,
    de::{Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// Parses a number. `null` is NaN, and a number beyond the range of an `f64` is infinite.
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

/// Parses the 36 numbers of a covariance; `null` is NaN. For speed, it does not use [`number`], and therefore rejects
/// numbers beyond the range of an `f64`.
pub(crate) fn covariance<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[f64; 36], D::Error> {
    struct Matrix;

    impl<'de> Visitor<'de> for Matrix {
        type Value = [f64; 36];

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("36 numbers")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<[f64; 36], A::Error> {
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

pub(crate) const fn no_covariance() -> [f64; 36] {
    [0.0; 36]
}

pub(crate) const fn not_measured() -> f64 {
    f64::NAN
}
