//! The messages of the protocol and their JSON Schemas.
//!
//! Only keywords common to draft 7, on which AsyncAPI 3.0 builds, and 2020-12 are used.

use serde_json::{Map, Value, json};
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

use crate::{
    codec::{
        delta::ChangeJson,
        events::{DeletedJson, EventJson, InfoJson, RosterJson, ViewJson},
    },
    protocol::{Answer, ClientMessage},
};

/// A message, or an event of a batch.
#[derive(Debug)]
pub(super) struct Described {
    /// The value of its `type` field.
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) summary: String,
}

/// All messages of the protocol and their schemas.
#[derive(Debug)]
pub(super) struct Schemas {
    pub(super) of_clients: Vec<Described>,
    pub(super) of_the_server: Vec<Described>,
    pub(super) by_name: Map<String, Value>,
}

/// Events of the subscribed vehicles and of the registry.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only describes what `codec` writes in shared parts")]
struct Batch {
    /// Server time, in Unix milliseconds.
    ts: i64,
    /// Number of this frame on this socket, counted from 1.
    tick: u64,
    /// Tick of the preceding frame. If it is absent, this frame does not continue the preceding ones: it is the first
    /// one, or follows events that were dropped.
    #[schema(value_type = u64, required = false)]
    prev: Option<u64>,
    /// Events that are never merged, in order, followed by the newest update of each changed vehicle.
    #[schema(value_type = Vec<Value>)]
    events: (),
}

impl Schemas {
    pub(super) fn collect() -> Self {
        let mut by_name = Map::new();
        let mut happened = variants::<ViewJson<'static>>(&mut by_name);
        happened.extend(variants::<ChangeJson<'static>>(&mut by_name));
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
            "description": "An event of one vehicle; `type` names its kind.",
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

/// Returns the schema of a type and adds the schemas that it refers to.
fn plain<T: ToSchema>(by_name: &mut Map<String, Value>) -> Value {
    let mut parts: Vec<(String, RefOr<Schema>)> = Vec::new();
    T::schemas(&mut parts);
    by_name.extend(parts.into_iter().map(|(name, schema)| (name, written(&schema))));
    written(&T::schema())
}

fn written(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).expect("schemas are JSON")
}

/// Adds the `type` property to an object's schema.
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

/// Returns the variants of an enum tagged by `type`, each with its tag.
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

/// Converts a variant's field names to camel case: utoipa ignores serde's `rename_all_fields`.
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

/// Returns the schema name of a message type: `VehicleInfo` for `vehicleInfo`.
fn type_name(kind: &str) -> String {
    let mut letters = kind.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Forbids additional properties in every object schema, and joins each description into one line.
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
