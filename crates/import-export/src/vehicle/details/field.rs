//! A field of the details of a kind of vehicle.

use domain::vehicle::ConfigObject;
use serde_json::Value;
use strict_json::Read;

/// A field of the details of a kind of vehicle.
#[derive(Debug, Clone, Copy)]
pub struct DetailField {
    /// Its name in JSON objects, and behind `details.` in CSV headers.
    pub name: &'static str,
    /// Its values.
    pub holds: Holds,
    /// Whether every vehicle of the kind has it.
    pub is_required: bool,
}

/// The values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// True or false.
    Flag,
    /// A number.
    Number {
        /// Its unit and its rule, in words.
        description: &'static str,
    },
    /// A number of at least 0.
    Amount,
    /// A number above 0.
    PositiveNumber,
    /// A level of autonomy.
    AutonomyLevel,
    /// A short text for people.
    Label {
        /// A plausible one.
        example: &'static str,
    },
    /// The word of a `GuideType`.
    GuideType,
    /// The word of a `HoistStatus`.
    HoistStatus,
    /// A JSON object whose meaning is its maker's.
    Config,
    /// The stretches of a rail.
    RailSegments,
}

/// Declares the fields of the details of a kind, each in one line: its presence (`required`, `optional`, or `objects` for a
/// list of objects that may be missing), its names in Rust and in JSON, its values, its reader, and its value in a vehicle's
/// details. Makes of them `FIELDS`; `Given` and `given`, the fields of a new vehicle one by one, `None` for one with a fault,
/// and whether there is none with a fault; `changes`; and `write`.
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

/// Reads settings whose meaning is their maker's.
pub(super) fn config(value: Value) -> Read<ConfigObject> {
    ConfigObject::new(value).map_err(|fault| fault.to_string())
}
