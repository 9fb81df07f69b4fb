//! Keys that a JSON object has twice.
//!
//! Which of two values counts is up to the reader (RFC 8259, section 4); a client that sends two is not understood.

use std::{collections::HashSet, fmt};

use domain::{Violations, cut};
use serde::de::{
    Deserialize as _, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

/// The most values of a request: objects, lists and what is in them. Each takes some hundred bytes of memory however short
/// its text is, until the operation has been executed.
const MAX_VALUES: usize = 50_000;

/// Why a request is not understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A key comes a second time in its object; here its path, such as `variables.ids[1].name`.
    Duplicate(String),
    /// There are more values than a request may have.
    TooManyValues,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    fault: Option<Fault>,
    values: usize,
}

/// The first fault of a text. One that is no JSON is looked at as far as it is.
pub(super) fn fault(json: &[u8]) -> Option<Fault> {
    let mut found = Found::default();
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let look = Look {
        place: Place::Root,
        found: &mut found,
    };
    // What is no JSON is told by who reads it.
    let _ = look.deserialize(&mut deserializer);
    found.fault
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
    found: &'f mut Found,
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.found.values += 1;
        if self.found.values > MAX_VALUES {
            self.found.fault = Some(Fault::TooManyValues);
            return Err(D::Error::custom("too many values"));
        }
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
            if found.fault.is_some() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let place = Place::Field(&place, &key);
            if keys.contains(&key) {
                found.fault = Some(Fault::Duplicate(place.path()));
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
        let expected = expected.map(|path| Fault::Duplicate(path.to_owned()));
        assert_eq!(fault(json.as_bytes()), expected);
    }

    #[test]
    fn a_long_key_costs_nothing_for_each_value_below_it() {
        let text = format!(
            r#"{{"{0}":[{1}],"{0}":1}}"#,
            "k".repeat(900_000),
            ["1"; 40_000].join(",")
        );
        let started = std::time::Instant::now();
        let path = format!("{}…", "k".repeat(100));
        assert_eq!(fault(text.as_bytes()), Some(Fault::Duplicate(path)));
        assert!(
            started.elapsed() < std::time::Duration::from_secs(5),
            "{:?}",
            started.elapsed()
        );
    }

    #[test]
    fn a_request_has_so_many_values() {
        let list = |values: usize| format!("[{}]", vec!["{}"; values - 1].join(","));
        assert_eq!(fault(list(MAX_VALUES).as_bytes()), None);
        assert_eq!(fault(list(MAX_VALUES + 1).as_bytes()), Some(Fault::TooManyValues));
    }
}
