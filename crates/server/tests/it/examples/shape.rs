//! Comparison of an example with received responses.

use serde_json::Value;

/// Parses an example, in which `…` in a string or as a list's item matches anything.
///
/// # Errors
/// Fails if the example is not JSON.
pub(super) fn example(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(&text.replace("[…]", "[\"…\"]"))
}

/// Returns all JSON in a text: the whole text, or the objects at the ends of its lines.
pub(super) fn values(text: &str) -> Vec<Value> {
    if let Ok(whole) = serde_json::from_str(text) {
        return vec![whole];
    }
    let objects = text
        .lines()
        .filter_map(|line| line.find('{').map(|start| &line[start..]))
        .filter_map(|line| serde_json::from_str(line).ok());
    objects.collect()
}

/// Returns `true` if the value has every field of the example. Strings without `…` must be equal, but numbers and
/// booleans may differ.
pub(super) fn is_shown(example: &Value, value: &Value) -> bool {
    match (example, value) {
        (Value::String(text), _) if text.contains('…') => true,
        (Value::Object(fields), Value::Object(values)) => fields
            .iter()
            .all(|(name, field)| values.get(name).is_some_and(|value| is_shown(field, value))),
        (Value::Array(items), Value::Array(values)) => items
            .iter()
            .all(|item| values.iter().any(|value| is_shown(item, value))),
        (Value::Number(_), Value::Number(_)) | (Value::Bool(_), Value::Bool(_)) => true,
        (example, value) => example == value,
    }
}

#[test]
fn responses_are_compared_by_their_fields() {
    let example = example(r#"{"type":"batch","tick":42,"prev":41,"events":[…]}"#).expect("JSON");
    let given = |text: &str| values(text).iter().any(|value| is_shown(&example, value));
    assert!(given(
        r#"< {"type":"batch","tick":2,"prev":1,"events":[{"x":1}],"ts":1}"#
    ));
    assert!(!given(r#"< {"type":"batch","tick":1,"events":[{"x":1}]}"#));
    assert!(!given(r#"{"type":"welcome","tick":2,"prev":1,"events":[{}]}"#));
    assert!(!given(r#"{"type":"batch","tick":2,"prev":1,"events":[]}"#));
}
