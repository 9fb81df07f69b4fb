use domain::vehicle::ConfigObject;
use serde_json::Value;
use strict_json::Read;

/// Field of the details of a vehicle type.
#[derive(Debug, Clone, Copy)]
pub struct DetailField {
    /// Name in JSON objects and, after `details.`, in CSV headers.
    pub name: &'static str,
    pub holds: Holds,
    /// Whether every vehicle of the type has the field.
    pub is_required: bool,
}

/// Kind of the values in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Flag,
    Number {
        /// Unit and constraint of the number.
        description: &'static str,
    },
    /// A number of at least 0.
    Amount,
    /// A number above 0.
    PositiveNumber,
    AutonomyLevel,
    /// A short text.
    Label {
        example: &'static str,
    },
    GuideType,
    HoistStatus,
    /// A vendor-specific JSON object.
    Config,
    RailSegments,
}

/// Declares the fields of the details of a vehicle type, with one entry each: presence (`required`, `optional`, or
/// `objects` for an optional list of objects), names in Rust and JSON, kind of values, reader, and the value in
/// existing details.
///
/// Generates `FIELDS`; `given`, which reads the fields of a new vehicle (invalid ones as `None`) and returns whether
/// all are valid; `changes`; and `write`.
macro_rules! detail_fields {
    ($details:ident, $changes:ident {
        $($presence:ident $field:ident: $type:ty = $name:literal, $holds:expr, $read:expr, |$of:ident| $value:expr;)+
    }) => {
        pub(super) const FIELDS: &[DetailField] = &[$(DetailField {
            name: $name,
            holds: $holds,
            is_required: detail_fields!(@is_required $presence),
        }),+];

        struct Given {
            $($field: detail_fields!(@given $presence $type)),+
        }

        fn given(fields: &mut Fields) -> (Given, bool) {
            let given = Given { $($field: fields.$presence($name, $read)),+ };
            let is_whole = $(given.$field.is_some())&&+;
            (given, is_whole)
        }

        pub(super) fn changes(fields: &mut Fields) -> $changes {
            $changes { $($field: detail_fields!(@change $presence fields $name, $read)),+ }
        }

        pub(super) fn write(details: &$details) -> Map<String, Value> {
            let mut written = Map::new();
            $({
                let $of = details;
                let value: Option<Value> = $value;
                written.extend(value.map(|value| ($name.to_owned(), value)));
            })+
            written
        }
    };
    (@is_required required) => { true };
    (@is_required $other:ident) => { false };
    (@given required $type:ty) => { Option<$type> };
    (@given $other:ident $type:ty) => { Option<Option<$type>> };
    (@change required $fields:ident $name:literal, $read:expr) => { $fields.change($name, $read) };
    (@change optional $fields:ident $name:literal, $read:expr) => { $fields.clearable($name, $read) };
    (@change objects $fields:ident $name:literal, $read:expr) => { $fields.clearable_objects($name, $read) };
}
pub(super) use detail_fields;

/// Reads a vendor-specific JSON object.
pub(super) fn config(value: Value) -> Read<ConfigObject> {
    ConfigObject::new(value).map_err(|fault| fault.to_string())
}
