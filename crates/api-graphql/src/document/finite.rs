//! Numbers that no double can hold, such as `1e400`.
//!
//! Juniper reads them as infinity, which JSON does not have: it would be kept as null.

use domain::Violations;
use juniper::{DefaultScalarValue, Document, InputValue};

use super::literals;
use crate::problem::Problem;

/// Refuses them wherever they stand in a document.
///
/// # Errors
/// Every field that has one.
pub(super) fn check(document: &Document<'_, DefaultScalarValue>) -> Result<(), Problem> {
    let mut faults = Violations::default();
    literals::for_each(document, &mut |name, value| {
        find(&value.item, &mut name.to_owned(), &mut faults);
    });
    faults.into_result().map_err(|faults| Problem::bad_input(&faults))
}

/// `path` is where the value stands, and is the same afterwards.
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
