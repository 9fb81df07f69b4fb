//! Reading of JSON objects field by field, which collects all faults with their paths.

use std::fmt;

use domain::Violations;
use serde_json::{Map, Value};

use crate::place::joined;

/// Unread fields of an object, and the faults found so far.
#[derive(Debug)]
pub struct Fields {
    rest: Map<String, Value>,
    faults: Violations,
}

/// Result of reading a value: the value, or the rule that it breaks.
pub type Read<T> = Result<T, String>;

impl Fields {
    /// Returns the fields of a whole document.
    ///
    /// # Errors
    /// Returns a fault of `body` if the document is not an object.
    pub fn of(document: Value) -> Result<Self, Violations> {
        match document {
            Value::Object(rest) => Ok(Self::in_object(rest)),
            _ => Err(Violations::of("body", "must be a JSON object")),
        }
    }

    fn in_object(rest: Map<String, Value>) -> Self {
        Self {
            rest,
            faults: Violations::default(),
        }
    }

    /// Reads a required field. Returns `None` if it is missing, null or invalid.
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Read<T>) -> Option<T> {
        match self.rest.remove(name) {
            None => self.fault(name, "must be given"),
            Some(Value::Null) => self.fault(name, "must not be null"),
            Some(value) => self.keep(name, read(value)),
        }
    }

    /// Reads an optional field. Returns `Some(None)` if it is missing or null, and `None` if it is invalid.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Read<T>) -> Option<Option<T>> {
        match self.rest.remove(name) {
            None | Some(Value::Null) => Some(None),
            Some(value) => self.keep(name, read(value)).map(Some),
        }
    }

    /// Reads a change to a field that always has a value. Returns `None` if it is missing (no change), null or invalid.
    pub fn change<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Read<T>) -> Option<T> {
        match self.rest.remove(name) {
            None => None,
            Some(Value::Null) => self.fault(name, "must not be null"),
            Some(value) => self.keep(name, read(value)),
        }
    }

    /// Reads a change to a field that may be empty. Returns `Some(None)` for null, which clears the field, and `None`
    /// if it is missing (no change) or invalid.
    pub fn clearable<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Read<T>) -> Option<Option<T>> {
        match self.rest.remove(name) {
            None => None,
            Some(Value::Null) => Some(None),
            Some(value) => self.keep(name, read(value)).map(Some),
        }
    }

    /// Reads a required field that contains an object. Returns `None` if it is missing or not an object.
    pub fn object<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        match self.rest.remove(name) {
            None => self.fault(name, "must be given"),
            Some(value) => self.nested(name, value, read),
        }
    }

    /// Reads an optional field that contains an object. A missing field is read as an empty object.
    pub fn object_or_empty<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let value = self.rest.remove(name).unwrap_or_else(|| Map::new().into());
        self.nested(name, value, read)
    }

    /// Reads an optional field that contains an object. Returns `None` if it is missing or not an object.
    pub fn optional_object<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let value = self.rest.remove(name)?;
        self.nested(name, value, read)
    }

    /// Reads an optional list of objects. Returns `Some(None)` if it is missing or null, and `None` if it is not a list
    /// or an item is invalid.
    pub fn objects<T>(
        &mut self,
        name: &str,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Option<Vec<T>>> {
        match self.rest.remove(name) {
            None | Some(Value::Null) => Some(None),
            Some(Value::Array(items)) => {
                let read_one = |(index, item)| self.nested(&format!("{name}[{index}]"), item, &mut read)?;
                let read: Vec<Option<T>> = items.into_iter().enumerate().map(read_one).collect();
                read.into_iter().collect::<Option<_>>().map(Some)
            }
            Some(_) => self.fault(name, "must be a list"),
        }
    }

    /// Reads a change to a list of objects. Returns an empty list for null, and `None` if it is missing (no change) or
    /// invalid.
    pub fn clearable_objects<T>(
        &mut self,
        name: &str,
        read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let given = self.rest.contains_key(name);
        let list = given.then(|| self.objects(name, read)).flatten()?;
        Some(list.unwrap_or_default())
    }

    fn nested<T>(&mut self, name: &str, value: Value, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let Value::Object(rest) = value else {
            return self.fault(name, "must be a JSON object");
        };
        let mut nested = Self::in_object(rest);
        let value = read(&mut nested);
        self.faults.nest::<()>(name, nested.finish().map(|_| ()));
        Some(value)
    }

    /// Discards a field, if present.
    pub fn ignore(&mut self, name: &str) {
        self.rest.remove(name);
    }

    /// Rejects a field, if present, with the message `why`.
    pub fn refuse(&mut self, name: &str, why: &str) {
        if self.rest.remove(name).is_some() {
            self.faults.add(name, why);
        }
    }

    /// Adds a fault and returns `None`.
    pub fn fault<T>(&mut self, name: &str, message: impl fmt::Display) -> Option<T> {
        self.faults.add(name, message.to_string());
        None
    }

    /// Returns a value that was built from several fields, or adds its faults and returns `None`.
    pub fn join<T>(&mut self, result: Result<T, Violations>) -> Option<T> {
        self.faults.join(result)
    }

    /// Finishes reading. Every field that has not been read is reported as unknown.
    ///
    /// # Errors
    /// Returns all faults if there are any.
    pub fn finish(mut self) -> Result<(), Violations> {
        for name in self.rest.keys() {
            self.faults.add(joined("", name), "is unknown");
        }
        self.faults.into_result()
    }

    /// Reads a whole document.
    ///
    /// # Errors
    /// Returns all faults if there are any.
    pub fn read<T>(document: Value, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Violations> {
        let mut fields = Self::of(document)?;
        let read = read(&mut fields);
        fields.finish()?;
        // It is a bug if `read` returns neither a value nor a fault, but the caller still gets an error.
        read.ok_or_else(|| Violations::of("body", "is invalid"))
    }

    fn keep<T>(&mut self, name: &str, read: Read<T>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(message) => self.fault(name, message),
        }
    }
}

pub fn text(value: Value) -> Read<String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err("must be a string".to_owned()),
    }
}

/// Reads a string and parses it.
pub fn parsed<T, E: fmt::Display>(parse: impl Fn(&str) -> Result<T, E>) -> impl Fn(Value) -> Read<T> {
    move |value| parse(&text(value)?).map_err(|fault| fault.to_string())
}

pub fn number(value: Value) -> Read<f64> {
    value.as_f64().ok_or_else(|| "must be a number".to_owned())
}

/// Reads a whole number, such as 3 or 3.0.
pub fn whole_number(value: Value) -> Read<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    let number = value.as_i64().or_else(|| {
        let float = value.as_f64()?;
        (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64)
    });
    number.ok_or_else(|| "must be a whole number".to_owned())
}

pub fn flag(value: Value) -> Read<bool> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(fields: Fields) -> Vec<String> {
        let Err(faults) = fields.finish() else {
            return Vec::new();
        };
        let described = |fault: &domain::Violation| format!("{} {}", fault.field, fault.message);
        faults.iter().map(described).collect()
    }

    #[test]
    fn absent_null_and_a_value_are_distinguished() {
        let mut fields = Fields::of(json!({"null": null, "set": "x"})).expect("an object");
        assert_eq!(fields.clearable("absent", text), None);
        assert_eq!(fields.clearable("null", text), Some(None));
        assert_eq!(fields.clearable("set", text), Some(Some("x".to_owned())));
        assert_eq!(faults(fields), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_reported_with_its_path() {
        let document = json!({
            "name": 7, "null": null, "level": 2.5, "flag": "yes", "extra": 1, "readOnly": 1,
            "nested": {"deep": {"x": "1"}, "typo": 1},
            "list": [{"x": 1}, 7, {"x": null}],
        });
        let mut fields = Fields::of(document).expect("an object");
        fields.required("name", text);
        fields.required("missing", text);
        fields.required("null", text);
        fields.change("level", whole_number);
        fields.optional("flag", flag);
        fields.refuse("readOnly", "cannot be changed");
        fields.object("nested", |nested| {
            nested.object("deep", |deep| deep.required("x", number))
        });
        fields.objects("list", |item| item.required("x", number));
        assert_eq!(
            faults(fields),
            [
                "name must be a string",
                "missing must be given",
                "null must not be null",
                "level must be a whole number",
                "flag must be true or false",
                "readOnly cannot be changed",
                "nested.deep.x must be a number",
                "nested.typo is unknown",
                "list[1] must be a JSON object",
                "list[2].x must not be null",
                "extra is unknown",
            ]
        );
    }

    #[test]
    fn a_whole_number_may_have_a_decimal_point() {
        assert_eq!(whole_number(json!(3.0)), Ok(3));
        assert_eq!(whole_number(json!(-3)), Ok(-3));
        assert!(whole_number(json!(1e300)).is_err());
        assert!(whole_number(json!("3")).is_err());
    }

    #[test]
    fn only_an_object_has_fields() {
        for document in [json!([]), json!(1), json!(null)] {
            assert!(Fields::of(document).is_err());
        }
    }
}
