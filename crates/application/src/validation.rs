//! Rules about the shape of inputs: ranges, required fields, and fields that exclude each other.
//!
//! They are declared on the type of the input with the `validator` crate, whose violations [`check`] converts. Rules
//! about a single value are not declared here, but belong to its value object in `domain`.

use std::borrow::Cow;

use domain::Violations;
use serde_json::Value;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

/// Key under which `validator` stores violations that concern the whole input.
const WHOLE: &str = "__all__";

/// Parameter of such a violation: the name of the field under which it is reported.
const FIELD: &str = "field";

/// Checks the declared rules of an input.
///
/// # Errors
/// Returns all violations: those of fields in alphabetical order, then those of the whole input.
pub fn check(input: &impl Validate) -> Result<(), Violations> {
    input.validate().map_err(|errors| in_words(&errors))
}

/// Returns the violation for a whole input. It is reported under the name of a field.
#[must_use]
pub fn fault_of_whole(field: &'static str, message: impl Into<Cow<'static, str>>) -> ValidationError {
    let mut fault = ValidationError::new("whole").with_message(message.into());
    fault.add_param(FIELD.into(), &field);
    fault
}

/// Returns the violation for a value that its value object rejects.
#[must_use]
pub fn fault_of_value(message: impl ToString) -> ValidationError {
    ValidationError::new("value").with_message(message.to_string().into())
}

fn in_words(errors: &ValidationErrors) -> Violations {
    let mut fields: Vec<_> = errors.errors().iter().collect();
    fields.sort_unstable_by_key(|(field, _)| (*field == WHOLE, *field));
    let mut faults = Violations::default();
    for (field, kind) in fields {
        let field = in_camel_case(field);
        match kind {
            ValidationErrorsKind::Field(errors) => {
                for error in errors {
                    let named = error.params.get(FIELD).and_then(Value::as_str);
                    let field = if field == WHOLE {
                        named.unwrap_or("body")
                    } else {
                        &field
                    };
                    faults.add(field, message(error));
                }
            }
            ValidationErrorsKind::Struct(nested) => {
                faults.nest::<()>(&field, Err(in_words(nested)));
            }
            ValidationErrorsKind::List(items) => {
                for (index, nested) in items {
                    faults.nest::<()>(&format!("{field}[{index}]"), Err(in_words(nested)));
                }
            }
        }
    }
    faults
}

/// Returns the message of a violation. The parameters also contain the value itself, which must not appear in an
/// answer, so only bounds are read from them.
fn message(error: &ValidationError) -> String {
    if let Some(message) = &error.message {
        return message.to_string();
    }
    let parameter = |name: &str| error.params.get(name).filter(|value| value.is_number());
    match (&*error.code, parameter("min"), parameter("max")) {
        ("required", ..) => "must be given".to_owned(),
        ("range", Some(min), Some(max)) => format!("must be between {min} and {max}"),
        ("range", Some(min), None) => format!("must be at least {min}"),
        ("range", None, Some(max)) => format!("must be at most {max}"),
        _ => "is not valid".to_owned(),
    }
}

/// Returns the name of a field in camel case.
fn in_camel_case(field: &str) -> String {
    if field == WHOLE {
        return field.to_owned();
    }
    let mut words = field.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(letters.as_str());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Validate)]
    #[validate(schema(function = not_both, skip_on_field_errors = false))]
    struct Order {
        #[validate(range(min = 1, max = 9))]
        how_many: Option<i64>,
        #[validate(range(min = 0.0))]
        weight: f64,
        #[validate(required)]
        sent_to: Option<String>,
        #[validate(custom(function = short))]
        note: String,
        #[validate(nested)]
        items: Vec<Item>,
    }

    #[derive(Validate)]
    struct Item {
        #[validate(range(max = 5))]
        weight: i64,
    }

    fn short(note: &str) -> Result<(), ValidationError> {
        if note.len() < 5 {
            Ok(())
        } else {
            Err(fault_of_value("must be short"))
        }
    }

    fn not_both(order: &Order) -> Result<(), ValidationError> {
        match (&order.how_many, &order.sent_to) {
            (Some(_), None) => Err(fault_of_whole("sentTo", "must be given together with howMany")),
            _ => Ok(()),
        }
    }

    #[test]
    fn every_broken_rule_is_reported_once_without_the_value() {
        let order = Order {
            how_many: Some(10),
            weight: -1.0,
            sent_to: None,
            note: "secret7".to_owned(),
            items: vec![Item { weight: 1 }, Item { weight: 6 }],
        };
        let faults = check(&order).expect_err("it breaks all rules");
        let reported: Vec<_> = faults
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.message))
            .collect();
        assert_eq!(
            reported,
            [
                "howMany must be between 1 and 9",
                "items[1].weight must be at most 5",
                "note must be short",
                "sentTo must be given",
                "weight must be at least 0.0",
                "sentTo must be given together with howMany",
            ]
        );
        assert!(!faults.to_string().contains("secret7"));
    }

    #[test]
    fn a_valid_input_passes() {
        let order = Order {
            how_many: None,
            weight: 0.0,
            sent_to: Some("here".to_owned()),
            note: String::new(),
            items: Vec::new(),
        };
        assert_eq!(check(&order), Ok(()));
    }
}
