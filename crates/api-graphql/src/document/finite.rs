//! Rejection of numbers that exceed the range of a double, such as `1e400`.
//!
//! Juniper parses them as infinity, which JSON can't represent, so they would be stored as null.

use domain::Violations;
use juniper::{DefaultScalarValue, Document, InputValue};

use super::literals;
use crate::problem::Problem;

/// Checks that all numbers in the literals of a document are finite. The error names all fields whose numbers are not.
pub(super) fn check(document: &Document<'_, DefaultScalarValue>) -> Result<(), Problem> {
    let mut faults = Violations::default();
    literals::for_each(document, &mut |name, value| {
        find(&value.item, &mut name.to_owned(), &mut faults);
    });
    faults.into_result().map_err(|faults| Problem::bad_input(&faults))
}

/// Adds a violation for each infinite number in the value at `path`. Leaves `path` unchanged.
fn find(value: &InputValue, path: &mut String, faults: &mut Violations) {
    let length = path.len();
    match value {
        InputValue::Scalar(DefaultScalarValue::Float(float)) if !float.is_finite() => {
            faults.add(path.as_str(), strict_json::BEYOND_DOUBLE);
        }
        InputValue::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                find(&item.item, path, faults);
                path.truncate(length);
            }
        }
        InputValue::Object(fields) => {
            for (name, field) in fields {
                path.push('.');
                path.push_str(&domain::cut(&name.item, Violations::MAX_KEY_CHARS));
                find(&field.item, path, faults);
                path.truncate(length);
            }
        }
        _ => {}
    }
}
