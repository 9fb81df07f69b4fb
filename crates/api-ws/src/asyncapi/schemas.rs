//! The messages of the protocol and their JSON Schemas.
//!
//! Only keywords are used that draft 7, which AsyncAPI 3.0 builds upon, and 2020-12 have in common.

use serde_json::{Map, Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{
    codec::events::{DeletedJson, EventJson, InfoJson, RosterJson, ViewJson},
    protocol::{Answer, ClientMessage},
};

/// One message, or one event of a batch.
#[derive(Debug)]
pub(super) struct Described {
    /// Its `type`.
    pub(super) kind: String,
    /// The name of its schema.
    pub(super) name: String,
    /// A sentence about it.
    pub(super) summary: String,
}

/// All that is said on a socket.
#[derive(Debug)]
pub(super) struct Schemas {
    /// What clients say.
    pub(super) of_clients: Vec<Described>,
    /// What the server says.
    pub(super) of_the_server: Vec<Described>,
    /// Every schema by its name.
    pub(super) by_name: Map<String, Value>,
}

/// Events of the vehicles that are subscribed to, and of the registry.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it is described; `codec::json` writes it, in parts that are shared"
)]
struct Batch {
    /// The server's time, in Unix milliseconds.
    ts: i64,
    /// The number of this frame among those of this socket, from 1.
    tick: u64,
    /// The number of the frame before it. Absent when the frame starts the client's picture anew for the vehicles that
    /// it carries.
    #[schema(value_type = u64, required = false)]
    prev: Option<u64>,
    /// Events that may not be merged, in order, and then the newest of each vehicle that changed.
    #[schema(value_type = Vec<Value>)]
    events: (),
}

impl Schemas {
    pub(super) fn collect() -> Self {
        let mut by_name = Map::new();
        let mut happened = variants::<ViewJson<'static>>(&mut by_name);
        happened.extend(variants::<EventJson<'static>>(&mut by_name));
        for (kind, summary) in RosterJson::WITH_INFO {
            let info = plain::<InfoJson<'static>>(&mut by_name);
            happened.push((kind.to_owned(), tagged(info, kind, Some(summary))));
        }
        let deleted = plain::<DeletedJson>(&mut by_name);
        happened.push((
            "vehicleDeleted".to_owned(),
            tagged(deleted, "vehicleDeleted", None),
        ));
        let happened = take_all(happened, &mut by_name);
        let references: Vec<_> = happened
            .iter()
            .map(|event| json!({"$ref": format!("#/components/schemas/{}", event.name)}))
            .collect();
        let event = json!({
            "description": "Something about one vehicle; `type` says what.",
            "discriminator": "type",
            "oneOf": references,
        });
        by_name.insert("Event".to_owned(), event);

        let mut batch = tagged(plain::<Batch>(&mut by_name), "batch", None);
        batch["properties"]["events"]["items"] = json!({"$ref": "#/components/schemas/Event"});
        let mut said = variants::<Answer<'static>>(&mut by_name);
        said.push(("batch".to_owned(), batch));
        let of_the_server = take_all(said, &mut by_name);
        let said = variants::<ClientMessage>(&mut by_name);
        let of_clients = take_all(said, &mut by_name);
        by_name.values_mut().for_each(close);
        Self {
            of_clients,
            of_the_server,
            by_name,
        }
    }
}

/// The schema of a type, whose parts are added to the others.
fn plain<T: ToSchema>(by_name: &mut Map<String, Value>) -> Value {
    let mut parts: Vec<(String, RefOr<Schema>)> = Vec::new();
    T::schemas(&mut parts);
    by_name.extend(parts.into_iter().map(|(name, schema)| (name, written(&schema))));
    written(&T::schema())
}

fn written(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).expect("schemas are JSON")
}

/// An object's schema with its `type` in front.
fn tagged(mut schema: Value, kind: &str, summary: Option<&str>) -> Value {
    schema["properties"]["type"] = json!({"type": "string", "const": kind});
    if let Some(required) = schema["required"].as_array_mut() {
        required.insert(0, "type".into());
    }
    if let Some(summary) = summary {
        schema["description"] = summary.into();
    }
    schema
}

/// The variants of an enum whose tag is `type`, by their types.
fn variants<T: ToSchema>(by_name: &mut Map<String, Value>) -> Vec<(String, Value)> {
    let schema = plain::<T>(by_name);
    let alternatives = schema["oneOf"].as_array().cloned().unwrap_or_default();
    alternatives
        .into_iter()
        .map(|mut schema| {
            let kind = schema["properties"]["type"]["enum"][0].as_str();
            let kind = kind.expect("each variant has a type").to_owned();
            rename_fields(&mut schema);
            schema["properties"]["type"] = json!({"type": "string", "const": kind});
            (kind, schema)
        })
        .collect()
}

/// Names the fields of a variant as serde does by `rename_all_fields`, which utoipa does not read.
fn rename_fields(schema: &mut Value) {
    if let Some(fields) = schema["properties"].as_object_mut() {
        *fields = std::mem::take(fields)
            .into_iter()
            .map(|(name, schema)| (camel_case(&name), schema))
            .collect();
    }
    for name in schema["required"].as_array_mut().into_iter().flatten() {
        *name = name.as_str().map(camel_case).into();
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| text + &type_name(word))
}

fn take_all(variants: Vec<(String, Value)>, by_name: &mut Map<String, Value>) -> Vec<Described> {
    variants
        .into_iter()
        .map(|(kind, schema)| {
            let name = type_name(&kind);
            let summary = schema["description"].as_str().unwrap_or_default().to_owned();
            by_name.insert(name.clone(), schema);
            Described { kind, name, summary }
        })
        .collect()
}

/// `vehicleInfo` is described by `VehicleInfo`.
fn type_name(kind: &str) -> String {
    let mut letters = kind.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Says of each object that it has no other fields than those that are listed, and writes each description in one line.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            if fields.contains_key("properties") {
                fields.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
