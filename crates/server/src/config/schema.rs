//! JSON Schema (2020-12) of the TOML file, for editors and validators.
//!
//! A file that the reader accepts is valid. A valid file may still be rejected, because only the reader checks the
//! syntax of most texts and the rules that concern several settings.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value, json};

use super::{PREFIX, declaration::Declaration, shape::Shape};

/// Regular expression that matches texts that are not blank.
const NOT_BLANK: &str = "\\S";

/// Returns the schema as indented JSON.
pub(super) fn of(declarations: &[Declaration]) -> String {
    let mut sections = BTreeMap::<String, Vec<(String, &Declaration)>>::new();
    for declaration in declarations {
        let (section, key) = declaration.place();
        sections.entry(section).or_default().push((key, declaration));
    }
    let mut properties = Map::new();
    for (section, settings) in sections {
        if section.is_empty() {
            properties.extend(
                settings
                    .into_iter()
                    .map(|(key, setting)| (key, of_setting(setting))),
            );
        } else {
            let settings = of_section(&section, settings);
            properties.insert(section, settings);
        }
    }
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of fleetwatch",
        "description": "The file given with `--config`. Environment variables take precedence over it.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    format!("{schema:#}\n")
}

fn of_section(section: &str, settings: Vec<(String, &Declaration)>) -> Value {
    let (mut properties, mut exclusions) = (Map::new(), Vec::new());
    for (key, setting) in settings {
        if setting.is_secret {
            let by_path = format!("{key}_file");
            let description = format!(
                "Path of a file that contains the secret `{key}`. A relative path is relative to the working directory."
            );
            exclusions.push(json!({ "not": { "required": [key, by_path] } }));
            properties.insert(
                by_path,
                json!({ "description": description, "type": "string", "pattern": NOT_BLANK }),
            );
        }
        properties.insert(key, of_setting(setting));
    }
    let mut schema = json!({
        "description": format!("The `{PREFIX}{}__*` settings.", section.to_uppercase()),
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if !exclusions.is_empty() {
        schema["allOf"] = exclusions.into();
    }
    schema
}

fn of_setting(setting: &Declaration) -> Value {
    let mut schema = of_shape(&setting.shape);
    schema.insert("description".to_owned(), description(setting).into());
    if let Some(default) = &setting.default
        && default.described.is_none()
        && setting.other_defaults.is_empty()
    {
        schema.insert("default".to_owned(), value(&setting.shape, &default.text));
    }
    Value::Object(schema)
}

fn description(setting: &Declaration) -> String {
    let mut description = format!(
        "{}.\n\nValue: {}. Default: {}.",
        setting.meaning,
        setting.shape,
        setting.defaults()
    );
    if setting.is_secret {
        description.push_str(" Secret.");
    }
    if setting.is_required {
        description.push_str(" Required in production.");
    }
    format!("{description} Variable: `{PREFIX}{}`.", setting.name)
}

fn of_shape(shape: &Shape) -> Map<String, Value> {
    let schema = match shape {
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Number { is_whole, range, .. } => {
            let mut schema = json!({ "type": if *is_whole { "integer" } else { "number" } });
            if let Some([min, max]) = range {
                schema["minimum"] = value(shape, min);
                schema["maximum"] = value(shape, max);
            }
            schema
        }
        Shape::Word(words) => json!({ "type": "string", "enum": words }),
        Shape::Text { pattern, .. } => {
            let pattern = pattern.map_or_else(|| NOT_BLANK.to_owned(), of_whole_text);
            json!({ "type": "string", "pattern": pattern })
        }
        Shape::List { item, length, .. } => {
            let pattern = of_list(item, *length);
            let mut items = of_shape(item);
            if matches!(**item, Shape::Text { .. }) {
                // An item may itself be a text that lists several items.
                items.insert("pattern".to_owned(), pattern.clone().into());
            }
            let mut schema = json!({ "type": ["array", "string"], "items": items, "pattern": pattern });
            if let Some(length) = length {
                schema["minItems"] = (*length).into();
                schema["maxItems"] = (*length).into();
            }
            schema
        }
    };
    match schema {
        Value::Object(schema) => schema,
        other => unreachable!("the schema of {shape} is {other}"),
    }
}

/// Returns a regular expression that matches a whole text against `pattern`, ignoring surrounding whitespace.
fn of_whole_text(pattern: &str) -> String {
    format!("^\\s*({pattern})\\s*$")
}

/// Returns a regular expression that matches the text of a list.
fn of_list(item: &Shape, length: Option<usize>) -> String {
    const NUMBER: &str = "[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([Ee][+-]?[0-9]+)?";
    let item = match item {
        Shape::Text { pattern, .. } => pattern.unwrap_or("[^\\s,]([^,]*[^\\s,])?"),
        Shape::Number { .. } => NUMBER,
        other => unreachable!("{other} in a list"),
    };
    match length {
        Some(length) => of_whole_text(&format!("({item})(\\s*,\\s*({item})){{{}}}", length - 1)),
        None => of_whole_text(&format!("none|({item})(\\s*,\\s*({item}))*")),
    }
}

/// Converts the text of a value to JSON.
fn value(shape: &Shape, text: &str) -> Value {
    match shape {
        Shape::Flag => (text == "true").into(),
        Shape::Number { .. } => text.parse::<Number>().map_or_else(|_| text.into(), Value::Number),
        Shape::Word(_) | Shape::Text { .. } => text.into(),
        Shape::List { .. } if text == "none" => json!([]),
        Shape::List { item, .. } => text.split(',').map(|part| value(item, part.trim())).collect(),
    }
}
