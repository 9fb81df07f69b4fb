//! Serialisation of an executed operation's answer as JSON.

use std::io::{self, Write};

use juniper::{DefaultScalarValue, ExecutionError, Value};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

type Errors<'e> = &'e [ExecutionError<DefaultScalarValue>];

/// Writes `{"data":…,"errors":…` with at most `max_bytes` bytes and without the closing brace, which the caller adds.
/// The fields of the data are in the order of the selection.
///
/// # Errors
/// Returns [`Fault::TooLarge`] if the answer would exceed `max_bytes`; [`Fault::NotJson`] if a value can't be
/// serialised.
pub(super) fn write(data: &Value, errors: Errors<'_>, max_bytes: usize) -> Result<String, Fault> {
    debug_assert_paths(data, errors);
    let mut body = Bounded {
        bytes: b"{\"data\":".to_vec(),
        max_bytes,
        is_full: false,
    };
    let mut written = serde_json::to_writer(&mut body, data);
    if written.is_ok() && !errors.is_empty() {
        body.bytes.extend_from_slice(b",\"errors\":");
        written = serde_json::to_writer(&mut body, &Located(errors));
    }
    match written {
        Ok(()) => String::from_utf8(body.bytes).map_err(|error| Fault::NotJson(error.to_string())),
        Err(_) if body.is_full => Err(Fault::TooLarge),
        Err(error) => Err(Fault::NotJson(error.to_string())),
    }
}

/// Reason why an answer could not be written.
#[derive(Debug)]
pub(super) enum Fault {
    /// The answer would exceed the maximum size.
    TooLarge,
    /// The answer contains a value that can't be serialised as JSON.
    NotJson(String),
}

/// Buffer that rejects writes beyond its maximum size.
struct Bounded {
    bytes: Vec<u8>,
    max_bytes: usize,
    is_full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.max_bytes {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Errors. The list indices in their paths, which [`crate::types::List`] adds as text, are serialised as numbers.
struct Located<'e>(Errors<'e>);

impl Serialize for Located<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(OneLocated))
    }
}

struct OneLocated<'e>(&'e ExecutionError<DefaultScalarValue>);

impl Serialize for OneLocated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let error = self.0.error();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", error.message())?;
        map.serialize_entry("locations", &[self.0.location()])?;
        map.serialize_entry("path", &Path(self.0.path()))?;
        if !error.extensions().is_null() {
            map.serialize_entry("extensions", error.extensions())?;
        }
        map.end()
    }
}

struct Path<'e>(&'e [String]);

impl Serialize for Path<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut path = serializer.serialize_seq(Some(self.0.len()))?;
        for element in self.0 {
            match index(element) {
                Some(index) => path.serialize_element(&index)?,
                None => path.serialize_element(element)?,
            }
        }
        path.end()
    }
}

/// Parses a list index in a path; `None` for the name of a field, which never starts with a digit.
fn index(element: &str) -> Option<usize> {
    element.parse().ok()
}

/// Asserts, in debug builds, that all paths fit the structure of the data. This detects lists that are not resolved by
/// [`crate::types::List`].
fn debug_assert_paths(data: &Value, errors: Errors<'_>) {
    if cfg!(debug_assertions) {
        for error in errors {
            debug_assert!(fits(data, error.path()), "{:?} of {data:?}", error.path());
        }
    }
}

fn fits(data: &Value, path: &[String]) -> bool {
    match (data, path) {
        (Value::Null, _) | (_, []) => true,
        (Value::Object(fields), [name, rest @ ..]) => {
            fields.get_field_value(name).is_none_or(|value| fits(value, rest))
        }
        (Value::List(items), [element, rest @ ..]) => index(element)
            .and_then(|index| items.get(index))
            .is_some_and(|item| fits(item, rest)),
        (Value::Scalar(_), _) => false,
    }
}

#[cfg(test)]
mod tests {
    use juniper::{FieldError, parser::SourcePosition};
    use serde_json::json;

    use super::*;
    use crate::json_scalar::to_value;

    fn error(path: &[&str]) -> ExecutionError<DefaultScalarValue> {
        let error = FieldError::new("no", to_value(&json!({"code": "UNAVAILABLE"})));
        ExecutionError::new(SourcePosition::new(4, 1, 2), path, error)
    }

    fn written(data: &serde_json::Value, errors: Errors<'_>, max_bytes: usize) -> Result<String, Fault> {
        write(&to_value(data), errors, max_bytes)
    }

    #[test]
    fn list_indices_in_paths_are_numbers() {
        let data = json!({"a": [null, {"b": [{"c": null}]}]});
        let errors = [error(&["a", "0", "b"]), error(&["a", "1", "b", "0", "c"])];
        let body = written(&data, &errors, 1_000).expect("it fits") + "}";
        let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(answer["data"], data);
        assert_eq!(answer["errors"][0]["path"], json!(["a", 0, "b"]));
        assert_eq!(
            answer["errors"][1],
            json!({
                "message": "no", "locations": [{"line": 2, "column": 3}],
                "path": ["a", 1, "b", 0, "c"], "extensions": {"code": "UNAVAILABLE"},
            })
        );
    }

    #[test]
    fn an_answer_must_not_exceed_the_maximum_size() {
        let data = json!({"a": "x".repeat(100)});
        assert!(written(&data, &[], 116).is_ok());
        for max_bytes in [20, 115] {
            let fault = written(&data, &[], max_bytes).expect_err("too large");
            assert!(matches!(fault, Fault::TooLarge), "{fault:?}");
        }
    }

    #[test]
    #[should_panic(expected = "position")]
    #[cfg(debug_assertions)]
    fn a_path_without_an_index_is_detected() {
        let errors = [error(&["a", "position"])];
        let _ = written(&json!({"a": [{"position": null}]}), &errors, 1_000);
    }
}
