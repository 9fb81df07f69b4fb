//! JSON values as YAML (<https://yaml.org/spec/1.2.2/>), in block style.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Writes an object: the fields in `order` first, then the others.
pub(super) fn write(document: &Value, order: &[&str]) -> String {
    let mut text = String::new();
    let Value::Object(fields) = document else {
        return format!("{}\n", scalar(document));
    };
    let first = order.iter().filter_map(|name| fields.get_key_value(*name));
    let rest = fields.iter().filter(|(name, _)| !order.contains(&name.as_str()));
    for (name, value) in first.chain(rest) {
        field(&mut text, name, value, 0);
    }
    text
}

fn field(text: &mut String, name: &str, value: &Value, depth: usize) {
    let _ = write!(text, "{:indent$}{}:", "", string(name), indent = depth * 2);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            object(text, fields, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                entry(text, item, depth + 1);
            }
        }
        scalar_value => {
            let _ = writeln!(text, " {}", scalar(scalar_value));
        }
    }
}

fn object(text: &mut String, fields: &Map<String, Value>, depth: usize) {
    for (name, value) in fields {
        field(text, name, value, depth);
    }
}

/// Writes an entry of a list: an object's first field follows the dash, and the others are below it.
fn entry(text: &mut String, item: &Value, depth: usize) {
    let indent = depth * 2;
    match item {
        Value::Object(fields) if !fields.is_empty() => {
            // The object is written at its own depth; the dash then replaces the last two spaces of the first indent.
            let start = text.len();
            object(text, fields, depth + 1);
            text.replace_range(start + indent..start + indent + 2, "- ");
        }
        // Nested lists do not occur; the flow style that JSON uses would be valid YAML too.
        other => {
            let _ = writeln!(text, "{:indent$}- {}", "", scalar(other));
        }
    }
}

/// Returns a scalar on one line. JSON scalars are valid YAML.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        other => other.to_string(),
    }
}

/// Returns a string, quoted unless YAML readers agree that it is a string.
fn string(text: &str) -> String {
    const TAKEN_FOR_OTHERS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter))
        && !TAKEN_FOR_OTHERS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_and_lists_are_blocks_and_ambiguous_strings_are_quoted() {
        let document = json!({
            "a": {"empty": {}, "none": null, "no": "no", "list": [{"x": 1, "y": {"z": 2}}, "b c", [1, 2]]},
            "first": "3.0.0",
            "path": "/ws",
            "quoted": "say \"hello\": # now",
        });
        let expected = r#"first: "3.0.0"
a:
  empty: {}
  list:
    - x: 1
      "y":
        z: 2
    - "b c"
    - [1,2]
  "no": "no"
  none: null
path: /ws
quoted: "say \"hello\": # now"
"#;
        assert_eq!(write(&document, &["first"]), expected);
    }
}
