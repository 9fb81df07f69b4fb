//! Validation against the part of JSON Schema that the AsyncAPI document uses. The server's tests check the whole
//! document with ajv.

use serde_json::Value;

/// Returns the faults of a value that should match a schema. References in the schema point into the document.
pub(crate) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(document, schema, value, "", &mut faults);
    faults
}

fn is_sound(document: &Value, schema: &Value, value: &Value) -> bool {
    faults(document, schema, value).is_empty()
}

fn check(document: &Value, schema: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
    let mut expect = |holds: bool, rule: &str| {
        if !holds {
            faults.push(format!("{path} against {rule}: {value}"));
        }
    };
    let schema = schema.as_object().expect("a schema is an object");
    for (rule, what) in schema {
        match rule.as_str() {
            "type" => {
                let names: Vec<_> = what.as_array().map_or(vec![what], |names| names.iter().collect());
                expect(
                    names
                        .iter()
                        .any(|name| is_of_type(value, name.as_str().expect("a name"))),
                    rule,
                );
            }
            "const" => expect(value == what, rule),
            "enum" => expect(what.as_array().expect("words").contains(value), rule),
            "minimum" => expect(
                value
                    .as_f64()
                    .is_none_or(|n| n >= what.as_f64().expect("a number")),
                rule,
            ),
            "maximum" => expect(
                value
                    .as_f64()
                    .is_none_or(|n| n <= what.as_f64().expect("a number")),
                rule,
            ),
            "maxLength" => {
                let most = what.as_u64().expect("a number") as usize;
                expect(
                    value.as_str().is_none_or(|text| text.chars().count() <= most),
                    rule,
                );
            }
            "minLength" => {
                let least = what.as_u64().expect("a number") as usize;
                expect(
                    value.as_str().is_none_or(|text| text.chars().count() >= least),
                    rule,
                );
            }
            "minItems" => {
                let least = what.as_u64().expect("a number") as usize;
                expect(value.as_array().is_none_or(|items| items.len() >= least), rule);
            }
            "maxItems" => {
                let most = what.as_u64().expect("a number") as usize;
                expect(value.as_array().is_none_or(|items| items.len() <= most), rule);
            }
            "required" => {
                for name in what.as_array().expect("names") {
                    let is_there = value.get(name.as_str().expect("a name")).is_some();
                    expect(is_there, &format!("required {name}"));
                }
            }
            "oneOf" => {
                let alternatives = what.as_array().expect("schemas").iter();
                let matching = alternatives
                    .filter(|schema| is_sound(document, schema, value))
                    .count();
                expect(matching == 1, rule);
            }
            "additionalProperties" => {
                assert_eq!(what, &Value::Bool(false));
                for name in value.as_object().into_iter().flat_map(|fields| fields.keys()) {
                    expect(schema["properties"].get(name).is_some(), &format!("no {name}"));
                }
            }
            "properties" | "items" | "$ref" => {}
            "description" | "format" | "discriminator" | "examples" | "title" => {}
            other => panic!("the rule {other} is not implemented"),
        }
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = document.pointer(reference.trim_start_matches('#'));
        check(document, target.expect(reference), value, path, faults);
    }
    for (name, of_field) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        if let Some(field) = value.get(name) {
            check(document, of_field, field, &format!("{path}/{name}"), faults);
        }
    }
    if let Some(of_item) = schema.get("items") {
        for item in value.as_array().into_iter().flatten() {
            check(document, of_item, item, &format!("{path}/-"), faults);
        }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type {other} is not implemented"),
    }
}
