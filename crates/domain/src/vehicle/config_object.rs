//! Settings in the manufacturer's format.

use serde_json::{Map, Value};

/// JSON object of at most 16 KiB when serialised without whitespace.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigObject(Map<String, Value>);

/// Reason why a value is not a [`ConfigObject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfigObject {
    /// The value is not an object, but for example an array or a number.
    #[error("must be a JSON object")]
    NotAnObject,
    /// The serialised object is larger than [`ConfigObject::MAX_BYTES`]. The number is its size in bytes.
    #[error("must be at most 16384 bytes as JSON, not {0}")]
    TooLarge(usize),
    /// The object contains U+0000, which PostgreSQL cannot store.
    #[error("must not contain the character U+0000")]
    NulCharacter,
}

impl ConfigObject {
    /// Maximum size of the serialised object in bytes.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Checks a JSON value.
    ///
    /// # Errors
    /// Returns the first rule that the value breaks.
    pub fn new(value: Value) -> Result<Self, InvalidConfigObject> {
        let Value::Object(object) = value else {
            return Err(InvalidConfigObject::NotAnObject);
        };
        let text = serde_json::to_string(&object).map_err(|_| InvalidConfigObject::NotAnObject)?;
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidConfigObject::TooLarge(text.len()));
        }
        if object
            .iter()
            .any(|(key, value)| key.contains('\0') || holds_nul(value))
        {
            return Err(InvalidConfigObject::NulCharacter);
        }
        Ok(Self(object))
    }

    /// Returns the object as a JSON value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| key.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_objects_are_settings() {
        assert!(ConfigObject::new(json!({"minDistance": 0.4})).is_ok());
        for value in [json!([1]), json!("x"), json!(null), json!(1)] {
            assert_eq!(ConfigObject::new(value), Err(InvalidConfigObject::NotAnObject));
        }
    }

    #[test]
    fn settings_take_at_most_16_kib() {
        let of_size = |bytes: usize| json!({"x": "a".repeat(bytes - r#"{"x":""}"#.len())});
        assert!(ConfigObject::new(of_size(16 * 1024)).is_ok());
        assert_eq!(
            ConfigObject::new(of_size(16 * 1024 + 1)),
            Err(InvalidConfigObject::TooLarge(16 * 1024 + 1))
        );
    }

    #[test]
    fn nul_is_rejected_at_any_depth() {
        for value in [
            json!({"a": {"b": ["\0"]}}),
            json!({"\0": 1}),
            json!({"a": [{"\0": 1}]}),
        ] {
            assert_eq!(ConfigObject::new(value), Err(InvalidConfigObject::NulCharacter));
        }
    }
}
