//! Arbitrary JSON values and texts.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Number, Value};

/// Generates arbitrary values, whose keys and strings are often taken from `names`.
pub fn any_json(names: &'static [&'static str]) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::Number)),
        (-1_000_i32..1_000).prop_map(Value::from),
        any_name(names).prop_map(Value::from),
        any_text().prop_map(Value::from),
        any::<u128>().prop_map(|id| Value::from(uuid::Uuid::from_u128(id).to_string())),
    ];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            vec((any_name(names), inner), 0..8).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
    .boxed()
}

/// Generates JSON texts, in which keys may be repeated and escaped.
pub fn any_json_text(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let fields = vec((any_name(names), any_json(names), any::<bool>()), 0..12);
    let object = fields.prop_map(|fields| {
        let field = |(name, value, is_escaped): &(String, Value, bool)| {
            let name = if *is_escaped {
                escaped(name)
            } else {
                Value::from(name.as_str()).to_string()
            };
            format!("{name}:{value}")
        };
        format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
    });
    prop_oneof![3 => object, 1 => any_json(names).prop_map(|value| value.to_string())]
}

fn any_name(names: &'static [&'static str]) -> BoxedStrategy<String> {
    if names.is_empty() {
        return any_text().boxed();
    }
    prop_oneof![6 => select(names).prop_map(str::to_owned), 1 => any_text()].boxed()
}

fn any_text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..12).prop_map(String::from_iter)
}

fn escaped(text: &str) -> String {
    let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    format!("\"{units}\"")
}
