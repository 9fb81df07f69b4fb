//! Keys that a JSON object has twice.
//!
//! Which of two values counts is up to the reader (RFC 8259, section 4); a client that sends two is not understood.

use std::{collections::HashSet, fmt};

use domain::{Violations, cut};
use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The path of the first key that comes a second time in its object, such as `variables.ids[1].name`. A text that is
/// no JSON is looked at as far as it is.
pub(super) fn duplicate(json: &[u8]) -> Option<String> {
    let mut found = None;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let look = Look {
        place: Place::Root,
        found: &mut found,
    };
    // What is no JSON is told by who reads it.
    let _ = look.deserialize(&mut deserializer);
    found
}

/// Where a value stands: a chain up to the root through the frames that are reading. A path is made of it only for the
/// key that is found; a path per value would make a short text with a long key cost its square.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn path(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(parent, key) => {
                let parent = parent.path();
                let separator = if parent.is_empty() { "" } else { "." };
                format!("{parent}{separator}{}", cut(key, Violations::MAX_KEY_CHARS))
            }
            Self::Item(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }
}

/// Looks into a value that stands at a place.
struct Look<'f> {
    place: Place<'f>,
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
        let Self { place, found } = self;
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if found.is_some() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let place = Place::Field(&place, &key);
            if keys.contains(&key) {
                *found = Some(place.path());
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Look { place, found })?;
                keys.insert(key);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { place, found } = self;
        let mut index = 0;
        loop {
            let place = Place::Item(&place, index);
            if items.next_element_seed(Look { place, found })?.is_none() {
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

    #[test]
    fn a_long_key_costs_nothing_for_each_value_below_it() {
        let text = format!(
            r#"{{"{0}":[{1}],"{0}":1}}"#,
            "k".repeat(520_000),
            ["1"; 260_000].join(",")
        );
        let started = std::time::Instant::now();
        let found = duplicate(text.as_bytes()).expect("the key stands twice");
        assert_eq!(found, format!("{}…", "k".repeat(100)));
        assert!(
            started.elapsed() < std::time::Duration::from_secs(5),
            "{:?}",
            started.elapsed()
        );
    }
}
