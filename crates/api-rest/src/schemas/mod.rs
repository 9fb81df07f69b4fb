//! Schemas that parameters, inputs and representations share.

pub(crate) mod words;

use application::live_queries::MAX_SURVEY_IDS;
use domain::vehicle::{SearchText, VehicleType};
use import_export::Format;
use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

/// Converts JSON to a schema.
///
/// # Panics
/// Panics if `json` is not a schema. Callers pass schemas that this crate defines.
pub(crate) fn schema(json: Value) -> RefOr<Schema> {
    serde_json::from_value(json).expect("a schema of JSON Schema 2020-12")
}

/// Declares a type without values for each schema.
macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident: $title:literal = $json:expr;)+) => {
        $(
            $(#[$doc])*
            pub(crate) enum $name {}

            impl utoipa::PartialSchema for $name {
                fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                    $crate::schemas::schema($json)
                }
            }

            impl utoipa::ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    $title.into()
                }
            }
        )+
    };
}
pub(crate) use schemas;

/// Control characters, for use in a character class of a pattern.
macro_rules! control_characters {
    () => {
        r"\u0000-\u001f\u007f-\u009f"
    };
}

/// Invisible characters, which are not allowed in names either, for use in a character class of a pattern.
macro_rules! invisible_characters {
    () => {
        r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
    };
}

/// Control and invisible characters, for use in a character class of a pattern.
macro_rules! not_in_names {
    () => {
        concat!(control_characters!(), invisible_characters!())
    };
}

/// Pattern of a label: at least one character that is not whitespace, and no control or invisible characters.
const LABEL_PATTERN: &str = concat!(
    "^[^",
    not_in_names!(),
    r"]*[^\s",
    not_in_names!(),
    "][^",
    not_in_names!(),
    "]*$"
);

/// Pattern of a text to search for: empty, or at least one character that is not whitespace, and no control characters.
const SEARCH_PATTERN: &str = concat!(
    "^([^",
    control_characters!(),
    r"]*[^\s",
    control_characters!(),
    "][^",
    control_characters!(),
    "]*)?$"
);

/// Returns the schema of a label: a text of 1 to 100 characters.
pub(crate) fn label(example: &str) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 100, "pattern": LABEL_PATTERN, "examples": [example]})
}

pub(crate) fn id() -> Value {
    json!({
        "type": "string", "format": "uuid",
        "pattern": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        "examples": ["0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70"],
    })
}

/// Returns the schema of an object with these fields and no others.
pub(crate) fn closed(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

/// Returns a schema that also allows null.
pub(crate) fn or_null(schema: Value) -> Value {
    json!({"oneOf": [schema, {"type": "null"}]})
}

/// Returns a reference to the schema with this name.
pub(crate) fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Returns the union of one schema for each kind of vehicle, with `type` as discriminator.
pub(crate) fn one_of_kinds(schemas: impl Iterator<Item = (VehicleType, String)>) -> Value {
    let (mut alternatives, mut mapping) = (Vec::new(), Map::new());
    for (kind, name) in schemas {
        let schema = named(&name);
        mapping.insert(kind.to_string(), schema["$ref"].clone());
        alternatives.push(schema);
    }
    json!({"oneOf": alternatives, "discriminator": {"propertyName": "type", "mapping": mapping}})
}

pub(crate) fn positive() -> Value {
    json!({"type": "number", "exclusiveMinimum": 0})
}

pub(crate) fn amount() -> Value {
    json!({"type": "number", "minimum": 0})
}

/// Returns the schema of a username: 1 to 64 characters, none of which is whitespace, a control character or an
/// invisible character. A pattern cannot express the other rules of RFC 8265.
pub(crate) fn username() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": domain::Username::MAX_CHARS,
        "pattern": concat!(r"^[^\s", not_in_names!(), "]+$"), "examples": ["ana.lopez"],
        "description": "Letters, digits and ASCII symbols (RFC 8265). Must not look like the name of another user",
    })
}

schemas! {
    TimeSchema: "Time" = json!({"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"]});
    IdSchema: "Id" = id();
    DeadLetterIdSchema: "DeadLetterId" = json!({
        "type": "string", "pattern": "^[0-9]{1,19}-[0-9]{1,19}$", "examples": ["1732333333123-0"],
    });
    IdsSchema: "Ids" = json!({
        "type": "array", "items": id(), "minItems": 1, "maxItems": MAX_SURVEY_IDS,
    });
    NameSchema: "Name" = closed(&["name"], json!({"name": label("Night shift")}));
    LabelSchema: "Label" = label("Tugger");
    SearchSchema: "Search" = json!({
        "type": "string", "maxLength": SearchText::MAX_CHARS, "pattern": SEARCH_PATTERN, "examples": ["Tugger"],
    });
    RadiusSchema: "Radius" = amount();
    FirstSchema: "First" = json!({
        "type": "integer", "format": "int32",
        "minimum": 1, "maximum": application::paging::PageQuery::MAX_FIRST,
        "default": application::paging::PageQuery::DEFAULT_FIRST,
    });
    FormatSchema: "Format" = json!({
        "type": "string", "enum": Format::NAMED.map(Format::extension), "default": Format::JsonLines.extension(),
    });
    IfMatchSchema: "IfMatch" = json!({
        "type": "string", "pattern": "^(\\*|\"[0-9]+(-[0-9a-f]+)?\")$", "examples": ["\"7-5d41402abc4b2a76\""],
    });
}
