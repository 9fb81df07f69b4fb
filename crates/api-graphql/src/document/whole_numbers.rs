//! Replacement of integral floats with integers.
//!
//! Programs whose numbers are all floats write 2 as `2.0`, in JSON and in documents. Juniper only accepts this as a
//! `Float`, but accepts an integer both as an `Int` and as a `Float`.

use juniper::{DefaultScalarValue, Document, InputValue, Spanning, Variables};

use super::{
    edits::{Edit, edited},
    literals,
};

/// Replaces integral floats in variables with integers.
pub(super) fn in_variables(variables: &mut Variables) {
    variables.values_mut().for_each(settle);
}

/// Replaces integral floats in literals with integers. Returns the new document; `None` if there is nothing to replace.
pub(super) fn in_literals(document: &Document<'_, DefaultScalarValue>, query: &str) -> Option<String> {
    let mut edits = Vec::new();
    literals::for_each(document, &mut |_, value| find(value, &mut edits));
    (!edits.is_empty()).then(|| edited(query, edits))
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

/// Converts a float to an integer; `None` if it is not integral or its absolute value exceeds `i32::MAX`. Minus zero is
/// not converted, because an integer would lose the sign.
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
