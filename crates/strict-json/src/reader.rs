//! Parsing of whole texts (<https://www.rfc-editor.org/rfc/rfc8259>).
//!
//! Duplicate keys are rejected. The RFC does not define which of their values to use, and parsers differ, so a program
//! could use a value other than the one that was checked.

use std::{fmt, marker::PhantomData};

use domain::Violations;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use crate::{place::Place, target::Target};

/// Maximum number of values in a text, counting objects, lists and their contents. A parsed value takes many times the
/// memory of its text. The largest valid requests have a few thousand values.
pub(crate) const MAX_VALUES: usize = 50_000;

pub(crate) const TOO_MANY_VALUES: &str = "must have at most 50000 values";

/// Start of serde_json's message for a number out of range, which its error categories do not distinguish.
pub(crate) const OUT_OF_RANGE: &str = "number out of range";

/// Message for a number outside the range of an `f64`.
pub const BEYOND_DOUBLE: &str = "must not be a number beyond 1.8e308";

/// Reason why a text is rejected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidJson {
    /// The text is not JSON. The message includes the position.
    #[error("must be valid JSON: {0}")]
    Syntax(String),
    /// A key is repeated, there are too many values, or a number is out of range.
    #[error("{0}")]
    Content(Violations),
}

/// First fault of a text, other than a syntax error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An object repeats a key. Contains the path of the key, such as `variables.ids[1].name`.
    Duplicate(String),
    /// There are more than 50,000 values.
    TooManyValues,
    /// A number exceeds the range of an `f64`. Contains the path of the number.
    OutOfRange(String),
}

/// Parses a text.
///
/// # Errors
/// Fails if the text is not JSON, is nested more than 127 levels deep, has more than 50,000 values or a number beyond
/// the range of an `f64`, or if an object repeats a key.
pub fn parse(text: &[u8]) -> Result<Value, InvalidJson> {
    let (value, found) = read::<Value>(text);
    let value = value.map_err(|error| fault(&error, found.out_of_range))?;
    found.duplicates.into_result().map_err(InvalidJson::Content)?;
    Ok(value)
}

/// Returns the first fault of a text, without storing its values. A syntax error ends the search and is not reported,
/// because the parser that reads the text afterwards reports it.
#[must_use]
pub fn first_fault(text: &[u8]) -> Option<Fault> {
    let (outcome, found) = read::<()>(text);
    let duplicate = found.duplicates.iter().next().map(|fault| fault.field.clone());
    let duplicate = duplicate.map(Fault::Duplicate);
    duplicate
        .or_else(|| found.out_of_range.map(Fault::OutOfRange))
        .or_else(|| {
            let error = outcome.err()?.to_string();
            error.starts_with(TOO_MANY_VALUES).then_some(Fault::TooManyValues)
        })
}

fn read<T: Target>(text: &[u8]) -> (serde_json::Result<T>, Found) {
    let mut found = Found::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let node = Node {
        place: Place::Root,
        found: &mut found,
        target: PhantomData,
    };
    let value = node.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    (value, found)
}

fn fault(error: &serde_json::Error, out_of_range: Option<String>) -> InvalidJson {
    let message = error.to_string();
    if message.starts_with(TOO_MANY_VALUES) {
        return InvalidJson::Content(Violations::of("body", TOO_MANY_VALUES));
    }
    match out_of_range {
        Some(path) if path.is_empty() => InvalidJson::Content(Violations::of("body", BEYOND_DOUBLE)),
        Some(path) => InvalidJson::Content(Violations::of(path, BEYOND_DOUBLE)),
        None => InvalidJson::Syntax(message),
    }
}

#[derive(Default)]
struct Found {
    duplicates: Violations,
    values: usize,
    /// Path of a number that is out of range. Such a number ends the parsing.
    out_of_range: Option<String>,
}

/// Visitor that reads the value at a position.
struct Node<'a, T> {
    place: Place<'a>,
    found: &'a mut Found,
    target: PhantomData<T>,
}

impl<'de, T: Target> DeserializeSeed<'de> for Node<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let Self { place, found, target } = self;
        found.values += 1;
        if found.values > MAX_VALUES {
            return Err(D::Error::custom(TOO_MANY_VALUES));
        }
        let node = Node {
            place,
            found: &mut *found,
            target,
        };
        let value = deserializer.deserialize_any(node);
        // The error passes through all enclosing values. Only the innermost one, the number itself, records its path.
        if let Err(error) = &value
            && found.out_of_range.is_none()
            && error.to_string().starts_with(OUT_OF_RANGE)
        {
            found.out_of_range = Some(place.path());
        }
        value
    }
}

impl<'de, T: Target> Visitor<'de> for Node<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::scalar(|| Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<T, E> {
        Ok(T::scalar(|| Value::Bool(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<T, E> {
        Ok(T::scalar(|| Value::from(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok(T::scalar(|| Value::from(number)))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<T, E> {
        let number = Number::from_f64(number).ok_or_else(|| E::custom(OUT_OF_RANGE))?;
        Ok(T::scalar(|| Value::Number(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::scalar(|| Value::from(text)))
    }

    fn visit_string<E>(self, text: String) -> Result<T, E> {
        Ok(T::scalar(|| Value::String(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        let Self { place, found, target } = self;
        let (mut list, mut index) = (T::Items::default(), 0);
        loop {
            let seed = Node {
                place: Place::Item(&place, index),
                found,
                target,
            };
            match items.next_element_seed(seed)? {
                Some(item) => list.extend([item]),
                None => return Ok(T::list(list)),
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<T, A::Error> {
        let Self { place, found, target } = self;
        let mut object = T::Fields::default();
        while let Some(key) = fields.next_key::<String>()? {
            let place = Place::Field(&place, &key);
            if T::has(&object, &key) {
                // Faults beyond the maximum are only counted, so their paths need not be built.
                let is_full = found.duplicates.is_full();
                let path = if is_full { String::new() } else { place.path() };
                found.duplicates.add(path, "must not be repeated");
            }
            let value = fields.next_value_seed(Node { place, found, target })?;
            T::put(&mut object, key, value);
        }
        Ok(T::object(object))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<T, D::Error> {
        Err(D::Error::custom("not a JSON value"))
    }
}
