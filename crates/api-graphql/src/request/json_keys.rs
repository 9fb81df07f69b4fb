//! Keys that a JSON object has twice.
//!
//! Which of two values counts is up to the reader (RFC 8259, section 4); a client that sends two is not understood.

use std::{collections::HashSet, fmt};

use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// How many characters of a key are told.
const TOLD_CHARS: usize = 100;

/// The path of the first key that comes a second time in its object, such as `variables.ids[1].name`. A text that is
/// no JSON is looked at as far as it is.
pub(super) fn duplicate(json: &[u8]) -> Option<String> {
    let mut found = None;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let look = Look {
        path: String::new(),
        found: &mut found,
    };
    // What is no JSON is told by who reads it.
    let _ = look.deserialize(&mut deserializer);
    found
}

/// Looks into a value that stands at a path.
struct Look<'f> {
    path: String,
    found: &'f mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { path, found } = self;
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if found.is_some() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let told: String = key.chars().take(TOLD_CHARS).collect();
            let separator = if path.is_empty() { "" } else { "." };
            let path = format!("{path}{separator}{told}");
            if keys.insert(key) {
                map.next_value_seed(Look { path, found })?;
            } else {
                *found = Some(path);
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { path, found } = self;
        let mut index = 0;
        loop {
            let path = format!("{path}[{index}]");
            if items.next_element_seed(Look { path, found })?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        IgnoredAny::deserialize(deserializer).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"{"query": "", "variables": {"a": 1, "b": {"a": 1}}}"#, None)]
    #[case(r#"{"query": "", "query": ""}"#, Some("query"))]
    #[case(
        r#"{"variables": {"input": {"name": 1, "type": null, "name": 1}}}"#,
        Some("variables.input.name")
    )]
    #[case(r#"{"v": [{"a": 1}, [true, {"\u0062": "x", "b": -1.5}]]}"#, Some("v[1][1].b"))]
    #[case(r#"[{"query": ""}, {"query": "", "query": ""}]"#, Some("[1].query"))]
    #[case(r#"{"a": {"x": 1, "x": 1}, "a": 1}"#, Some("a.x"))]
    #[case(r#"{"a": 1, "a": "#, Some("a"))]
    #[case(r#"{"a""#, None)]
    #[case("7", None)]
    #[case("", None)]
    fn the_first_key_that_comes_twice_is_found(#[case] json: &str, #[case] expected: Option<&str>) {
        assert_eq!(duplicate(json.as_bytes()).as_deref(), expected);
    }
}
