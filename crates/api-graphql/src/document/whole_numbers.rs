//! Whole numbers that are written as floats.
//!
//! Programs whose numbers are all floats write `2.0` for 2, in JSON and in documents. Juniper takes that for a `Float`
//! and for nothing else. Here it becomes an integer before Juniper sees it; every input that takes a float takes an integer
//! as well.

use juniper::{DefaultScalarValue, Definition, Document, InputValue, Selection, Spanning, Variables};

use super::edits::{Edit, edited};

/// Replaces those that variables have.
pub(super) fn in_variables(variables: &mut Variables) {
    variables.values_mut().for_each(settle);
}

/// Replaces those that the document itself has; `None` when there are none.
pub(super) fn in_literals(document: &Document<'_, DefaultScalarValue>, query: &str) -> Option<String> {
    let mut edits = Vec::new();
    for definition in document {
        match definition {
            Definition::Operation(operation) => {
                let declared = operation.item.variables_definition.iter();
                for (_, variable) in declared.flat_map(|variables| &variables.item.items) {
                    variable
                        .default_value
                        .iter()
                        .for_each(|value| find(value, &mut edits));
                }
                in_selections(&operation.item.selection_set, &mut edits);
            }
            Definition::Fragment(fragment) => in_selections(&fragment.item.selection_set, &mut edits),
        }
    }
    (!edits.is_empty()).then(|| edited(query, edits))
}

/// The parser has limited the nesting, so that this may recurse.
fn in_selections(selections: &[Selection<'_, DefaultScalarValue>], edits: &mut Vec<Edit>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                let arguments = field.item.arguments.iter();
                for (_, value) in arguments.flat_map(|arguments| &arguments.item.items) {
                    find(value, edits);
                }
                field
                    .item
                    .selection_set
                    .iter()
                    .for_each(|nested| in_selections(nested, edits));
            }
            Selection::InlineFragment(fragment) => in_selections(&fragment.item.selection_set, edits),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn find(value: &Spanning<InputValue>, edits: &mut Vec<Edit>) {
    match &value.item {
        InputValue::Scalar(DefaultScalarValue::Float(float)) => {
            if let Some(whole) = whole(*float) {
                edits.push((value.span, whole.to_string()));
            }
        }
        InputValue::List(items) => items.iter().for_each(|item| find(item, edits)),
        InputValue::Object(fields) => fields.iter().for_each(|(_, field)| find(field, edits)),
        _ => {}
    }
}

fn settle(value: &mut InputValue) {
    match value {
        InputValue::Scalar(DefaultScalarValue::Float(float)) => {
            if let Some(whole) = whole(*float) {
                *value = InputValue::scalar(whole);
            }
        }
        InputValue::List(items) => items.iter_mut().for_each(|item| settle(&mut item.item)),
        InputValue::Object(fields) => fields.iter_mut().for_each(|(_, field)| settle(&mut field.item)),
        _ => {}
    }
}

/// The integer of 32 bits that a float is, if it is one. Minus zero is not: a float may be.
fn whole(float: f64) -> Option<i32> {
    let is_whole = float.fract() == 0.0 && float.abs() <= f64::from(i32::MAX);
    (is_whole && !(float == 0.0 && float.is_sign_negative())).then_some(float as i32)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::document::syntax::parse;

    #[rstest]
    #[case("{ a(b: 2.0) }", Some("{ a(b: 2) }"))]
    #[case(
        "{ # ü\n a(b: [1e2, {c: -3.0}], d: 2.5) { e(f: 1.0) } }",
        Some("{ # ü\n a(b: [100, {c: -3}], d: 2.5) { e(f: 1) } }")
    )]
    #[case(
        "query($n: Int = 4.0) { a } fragment F on A { b(c: 5.0) }",
        Some("query($n: Int = 4) { a } fragment F on A { b(c: 5) }")
    )]
    #[case("{ a(b: 2147483648.0, c: -0.0, d: 1e300, e: \"2.0\", f: 2) }", None)]
    fn whole_floats_of_a_document_become_integers(#[case] query: &str, #[case] expected: Option<&str>) {
        let document = parse(query).expect("a document");
        assert_eq!(in_literals(&document, query).as_deref(), expected);
    }
}
