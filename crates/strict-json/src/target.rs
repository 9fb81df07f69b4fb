//! Results of parsing: a [`Value`], or `()` if only the faults of a text are needed.

use std::collections::HashSet;

use serde_json::{Map, Value};

/// Result of parsing, built value by value. The implementation for `()` stores only the keys of the current objects.
pub(crate) trait Target: Sized {
    /// Items of a list that have been read so far.
    type Items: Default + Extend<Self>;

    /// Fields of an object that have been read so far.
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
