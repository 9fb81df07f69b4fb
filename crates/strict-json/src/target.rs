//! Result types of parsing: all values, or none.

use std::collections::HashSet;

use serde_json::{Map, Value};

/// Builds a result from the values of a text. The implementation for `()` stores no values, only keys.
pub(crate) trait Target: Sized {
    /// The items of a list that have been read so far.
    type Items: Default + Extend<Self>;

    /// The fields of an object that have been read so far.
    type Fields: Default;

    fn scalar(value: impl FnOnce() -> Value) -> Self;
    fn list(items: Self::Items) -> Self;
    fn object(fields: Self::Fields) -> Self;
    fn has(fields: &Self::Fields, key: &str) -> bool;
    fn put(fields: &mut Self::Fields, key: String, value: Self);
}

impl Target for Value {
    type Items = Vec<Value>;
    type Fields = Map<String, Value>;

    fn scalar(value: impl FnOnce() -> Value) -> Self {
        value()
    }

    fn list(items: Self::Items) -> Self {
        Self::Array(items)
    }

    fn object(fields: Self::Fields) -> Self {
        Self::Object(fields)
    }

    fn has(fields: &Self::Fields, key: &str) -> bool {
        fields.contains_key(key)
    }

    fn put(fields: &mut Self::Fields, key: String, value: Self) {
        fields.insert(key, value);
    }
}

impl Target for () {
    type Items = ();
    type Fields = HashSet<String>;

    fn scalar(_: impl FnOnce() -> Value) -> Self {}

    fn list((): Self::Items) -> Self {}

    fn object(_: Self::Fields) -> Self {}

    fn has(fields: &Self::Fields, key: &str) -> bool {
        fields.contains(key)
    }

    fn put(fields: &mut Self::Fields, key: String, (): Self) {
        fields.insert(key);
    }
}
