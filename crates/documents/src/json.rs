//! JSON texts (<https://www.rfc-editor.org/rfc/rfc8259>), in which no key stands twice.
//!
//! The RFC leaves open what a key means that stands twice, and readers differ: what one of them has checked, another
//! may read otherwise. So it is refused.

use std::fmt;

use domain::{Violations, cut};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text is not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidJson {
    /// It is no JSON, in words that say where.
    #[error("must be JSON: {0}")]
    Syntax(String),
    /// It is JSON, but a key stands twice, or a number is greater than any that can be kept.
    #[error("{0}")]
    Content(Violations),
}

/// The most values of a text: objects, lists and what is in them. A value takes many times the memory of its text, and
/// the largest documents that mean anything here have some hundreds.
const MAX_VALUES: usize = 50_000;

/// Reads a text.
///
/// # Errors
/// When it is no JSON, is nested deeper than 128 levels, has more than 50,000 values, or an object in it has a key twice.
pub fn parse(text: &[u8]) -> Result<Value, InvalidJson> {
    let mut found = Found::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let seed = Node {
        place: Place::Root,
        found: &mut found,
    };
    let value = seed.deserialize(&mut deserializer).map_err(fault)?;
    deserializer.end().map_err(fault)?;
    found.duplicates.into_result().map_err(InvalidJson::Content)?;
    Ok(value)
}

/// How the library begins to say that a number is JSON and too great; it has no kind of its own for that.
const OUT_OF_RANGE: &str = "number out of range";

const TOO_MANY_VALUES: &str = "must have at most 50000 values";

fn fault(error: serde_json::Error) -> InvalidJson {
    let message = error.to_string();
    if message.starts_with(TOO_MANY_VALUES) {
        return InvalidJson::Content(Violations::of("body", TOO_MANY_VALUES));
    }
    match message.strip_prefix(OUT_OF_RANGE) {
        Some(place) => InvalidJson::Content(Violations::of(
            "body",
            format!("must have no number beyond 1.8e308{place}"),
        )),
        None => InvalidJson::Syntax(message),
    }
}

/// Where a value stands: a chain up to the root through the frames that are reading, at most 128 long. A path is made
/// of it only for a fault; a path per value would make a short text with a long key cost its square.
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
            Self::Field(parent, key) => joined(&parent.path(), key),
            Self::Item(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }
}

/// What was found so far.
#[derive(Default)]
struct Found {
    duplicates: Violations,
    values: usize,
}

/// A value at a place.
struct Node<'a> {
    place: Place<'a>,
    found: &'a mut Found,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.found.values += 1;
        if self.found.values > MAX_VALUES {
            return Err(D::Error::custom(TOO_MANY_VALUES));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        let number = Number::from_f64(number).ok_or_else(|| E::custom("number out of range"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Self { place, found } = self;
        let mut list = Vec::new();
        loop {
            let seed = Node {
                place: Place::Item(&place, list.len()),
                found,
            };
            match items.next_element_seed(seed)? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let Self { place, found } = self;
        let mut object = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            let place = Place::Field(&place, &key);
            if object.contains_key(&key) {
                let is_full = found.duplicates.is_full();
                let path = if is_full { String::new() } else { place.path() };
                found.duplicates.add(path, "must not stand twice");
            }
            let value = fields.next_value_seed(Node { place, found })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Value, D::Error> {
        Err(D::Error::custom("no JSON value"))
    }
}

/// The path of a field. A long key is cut.
pub(crate) fn joined(path: &str, field: &str) -> String {
    let field = cut(field, Violations::MAX_KEY_CHARS);
    if path.is_empty() {
        field.into_owned()
    } else {
        format!("{path}.{field}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_of_all_sorts_are_read() {
        let text = r#" {"a": [1, -2, 2.5, 1e300, true, null, "x\u0000"], "b": {"c": {}}} "#;
        let expected = json!({"a": [1, -2, 2.5, 1e300, true, null, "x\0"], "b": {"c": {}}});
        assert_eq!(parse(text.as_bytes()), Ok(expected));
    }

    #[rstest]
    #[case("")]
    #[case("{")]
    #[case("{} {}")]
    #[case("{'a': 1}")]
    #[case("NaN")]
    #[case("\"\u{1}\"")]
    fn what_is_no_json_is_refused(#[case] text: &str) {
        assert!(
            matches!(parse(text.as_bytes()), Err(InvalidJson::Syntax(_))),
            "{text:?}"
        );
    }

    /// It is JSON all the same (RFC 8259, section 6, leaves the range to who reads it).
    #[rstest]
    #[case("1e400")]
    #[case(r#"{"a": [1, -1e309]}"#)]
    fn a_number_that_can_t_be_kept_is_refused(#[case] text: &str) {
        let Err(InvalidJson::Content(faults)) = parse(text.as_bytes()) else {
            panic!("{text} can't be kept");
        };
        let faults: Vec<_> = faults.iter().collect();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].field, "body");
        assert!(
            faults[0].message.starts_with("must have no number beyond"),
            "{faults:?}"
        );
    }

    #[test]
    fn what_is_no_utf_8_or_nested_too_deeply_is_refused() {
        assert!(matches!(parse(b"\"\xff\""), Err(InvalidJson::Syntax(_))));
        let deep = "[".repeat(1_000) + &"]".repeat(1_000);
        assert!(matches!(parse(deep.as_bytes()), Err(InvalidJson::Syntax(_))));
    }

    #[test]
    fn every_key_that_stands_twice_is_named() {
        let text = r#"{"name": 1, "name": 2, "list": [{"x": 1}, {"x": 1, "x": 1}], "a": {"b": 1, "b": 2}}"#;
        let Err(InvalidJson::Content(faults)) = parse(text.as_bytes()) else {
            panic!("keys stand twice");
        };
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["name", "list[1].x", "a.b"]);
    }

    /// Each of these is short, and would be answered with up to a thousand times as much if every fault, or every
    /// value, had its path made.
    #[rstest]
    #[case::a_long_key_over_many_lists(format!(
        r#"{{"{}":[{}]}}"#, "k".repeat(400_000), [r#"{"a":1,"a":2}"#; 12_000].join(",")
    ), 12_000)]
    #[case::many_duplicates(format!("{{{}\"a\":1}}", r#""a":1,"#.repeat(40_000)), 40_000)]
    #[case::many_long_duplicates(format!(
        r#"{{"{0}":{{"{0}":1,"{0}":2,"{0}":3}}}}"#, "k".repeat(200_000)
    ), 2)]
    fn faults_are_bounded_however_many_there_are(#[case] text: String, #[case] count: usize) {
        let Err(InvalidJson::Content(faults)) = parse(text.as_bytes()) else {
            panic!("keys stand twice");
        };
        assert_eq!(faults.count(), count);
        assert!(faults.iter().count() <= Violations::MAX);
        let told: usize = faults
            .iter()
            .map(|fault| fault.field.len() + fault.message.len())
            .sum();
        assert!(told < 64 * 1024, "{told} bytes");
        let first = &faults.iter().next().expect("a fault").field;
        assert!(
            first.starts_with("kkk") && first.contains('…') || first == "a",
            "{first}"
        );
    }

    #[test]
    fn a_long_key_costs_nothing_for_each_value_below_it() {
        let text = format!(r#"{{"{}":[{}]}}"#, "k".repeat(900_000), ["1"; 40_000].join(","));
        let started = std::time::Instant::now();
        assert!(parse(text.as_bytes()).is_ok());
        // A path of 900 kB for each of 40,000 values would be 36 GB to copy: ten seconds, and not some milliseconds.
        assert!(
            started.elapsed() < std::time::Duration::from_secs(5),
            "{:?}",
            started.elapsed()
        );
    }

    #[test]
    fn a_text_has_so_many_values() {
        let list = |values: usize| format!("[{}]", vec!["{}"; values - 1].join(","));
        assert!(parse(list(MAX_VALUES).as_bytes()).is_ok());
        let faults = Violations::of("body", TOO_MANY_VALUES);
        assert_eq!(
            parse(list(MAX_VALUES + 1).as_bytes()),
            Err(InvalidJson::Content(faults))
        );
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_json_reads(text in r#"[\[\]{}:,"a-c0-9.eE \\-]{0,40}"#) {
            match (parse(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (Err(InvalidJson::Content(_)), Ok(_)) | (Err(InvalidJson::Syntax(_)), Err(_)) => {}
                (Err(InvalidJson::Content(_)), Err(error)) => {
                    prop_assert!(error.to_string().starts_with(OUT_OF_RANGE), "{}", error);
                }
                (ours, theirs) => prop_assert!(false, "{:?} and {:?}", ours, theirs),
            }
        }
    }
}
