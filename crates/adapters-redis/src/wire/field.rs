//! Fields of an object, as JSON text that is not parsed yet.

use std::{borrow::Cow, fmt, str::FromStr};

use application::{
    telemetry::{DroppedFields, OptionalField, Reason, Rejection},
    trace::TraceParent,
};
use domain::{
    VehicleId,
    telemetry::{InvalidReportedTime, InvalidRotation, Timestamp},
};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Field that may be absent. A `null` is present, and means that the value is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Field<'a>(Option<&'a str>);

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Some(<&RawValue>::deserialize(deserializer)?.get())))
    }
}

impl<'a> Field<'a> {
    /// Returns the JSON text of the value; `None` if the field is absent or `null`.
    pub(super) fn known(self) -> Option<&'a str> {
        self.0.filter(|text| *text != "null")
    }

    pub(super) const fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Returns `true` if the field is present and not `null`.
    pub(super) fn is_known(self) -> bool {
        self.known().is_some()
    }

    /// Returns `true` if the field is `null`.
    pub(super) fn is_unknown(self) -> bool {
        self.is_there() && !self.is_known()
    }
}

/// Returns the rejection of an invalid field.
pub(super) fn invalid(name: impl fmt::Display, fault: impl fmt::Display) -> Rejection {
    Rejection::new(Reason::InvalidField, format_args!("{name} {fault}"))
}

/// Returns the rejection of a field that a parser rejects. The parser's message has no subject.
fn malformed(name: &str, error: impl fmt::Display) -> Rejection {
    invalid(name, format_args!("is malformed: {error}"))
}

/// Returns the rejection of a number that is not finite.
pub(super) fn not_finite(name: impl fmt::Display) -> Rejection {
    Rejection::new(Reason::NotFinite, format_args!("{name} must be a finite number"))
}

/// Returns the JSON text of a required field.
pub(super) fn required<'a>(name: &str, field: Field<'a>) -> Result<&'a str, Rejection> {
    match field.0 {
        Some("null") => Err(Rejection::new(
            Reason::NotFinite,
            format_args!("{name} must not be NaN, Infinity or null"),
        )),
        Some(text) => Ok(text),
        None => Err(invalid(name, "is missing")),
    }
}

/// Parses a finite number.
pub(super) fn number(name: &str, field: Field<'_>) -> Result<f64, Rejection> {
    let text = required(name, field)?;
    if !starts_as_number(text) {
        return Err(invalid(
            name,
            format_args!("must be a number, not {}", kind(text)),
        ));
    }
    let number: f64 = text.parse().map_err(|error| malformed(name, error))?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(not_finite(name))
    }
}

/// Parses a whole number; `1795.0` is accepted.
pub(super) fn whole(name: &str, field: Field<'_>) -> Result<i64, Rejection> {
    let number = number(name, field)?;
    // The values that are read with this function are far below 2⁵³.
    if number.fract() == 0.0 && number.abs() <= 9e15 {
        Ok(number as i64)
    } else {
        Err(invalid(name, "must be a whole number"))
    }
}

/// Parses Unix milliseconds; `None` for 0, which means that the sender does not know the time. `1732333333123.0` is
/// accepted, because some senders only have floating-point numbers.
pub(super) fn timestamp(name: &str, field: Field<'_>) -> Result<Option<Timestamp>, Rejection> {
    Timestamp::from_reported_ms(number(name, field)?).map_err(|fault| match fault {
        InvalidReportedTime::Unit => Rejection::new(Reason::TimestampUnit, format_args!("{name} {fault}")),
        InvalidReportedTime::NotWhole | InvalidReportedTime::OutOfRange(_) => invalid(name, fault),
    })
}

/// Parses a text. A replacement character is an error, because [`super::object`] substitutes it for bytes that are not
/// UTF-8.
pub(super) fn text<'a>(name: &str, field: Field<'a>) -> Result<Cow<'a, str>, Rejection> {
    let json = required(name, field)?;
    let Some(inner) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Err(invalid(
            name,
            format_args!("must be a string, not {}", kind(json)),
        ));
    };
    let text = if inner.contains('\\') {
        serde_json::from_str(json)
            .map(Cow::Owned)
            .map_err(|error| malformed(name, error))?
    } else {
        Cow::Borrowed(inner)
    };
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Rejection::new(
            Reason::InvalidUtf8,
            format_args!("{name} is not valid UTF-8"),
        ));
    }
    Ok(text)
}

pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(name: &str, field: Field<'_>) -> Result<T, Rejection> {
    text(name, field)?.parse().map_err(|fault| invalid(name, fault))
}

pub(super) fn vehicle_id(field: Field<'_>) -> Result<VehicleId, Rejection> {
    parsed("vehicleId", field)
}

/// Parses the fields of an object.
pub(super) fn object<'a, T: Deserialize<'a>>(name: &str, field: Field<'a>) -> Result<T, Rejection> {
    let json = required(name, field)?;
    if !json.starts_with('{') {
        return Err(invalid(
            name,
            format_args!("must be an object, not {}", kind(json)),
        ));
    }
    serde_json::from_str(json).map_err(|error| malformed(name, error))
}

/// Reader of optional fields. A field with an impossible value is dropped and recorded; the rest of the message is
/// used.
#[derive(Debug, Default)]
pub(super) struct Optional {
    pub(super) dropped: DroppedFields,
}

impl Optional {
    /// Reads an optional field with `read`, if its value is known.
    pub(super) fn read<'a, T>(
        &mut self,
        name: OptionalField,
        field: Field<'a>,
        read: impl FnOnce(Field<'a>) -> Option<T>,
    ) -> Option<T> {
        if !field.is_known() {
            return None;
        }
        let value = read(field);
        if value.is_none() {
            self.drop(name);
        }
        value
    }

    /// Records that a field was dropped.
    pub(super) const fn drop(&mut self, name: OptionalField) {
        self.dropped.insert(name);
    }

    /// Parses an optional number. A number that is too large for an `f64` is treated as unknown.
    pub(super) fn number(&mut self, name: OptionalField, field: Field<'_>) -> Option<f64> {
        match number(name.as_str(), field) {
            Ok(number) => Some(number),
            Err(Rejection {
                reason: Reason::NotFinite,
                ..
            }) => None,
            Err(_) if field.is_there() => {
                self.drop(name);
                None
            }
            Err(_) => None,
        }
    }

    /// Parses a name; an empty name is treated as absent.
    pub(super) fn name<T, E>(
        &mut self,
        name: OptionalField,
        field: Field<'_>,
        check: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.read(name, field, |field| text(name.as_str(), field).ok())?;
        if text.trim().is_empty() {
            return None;
        }
        let value = check(&text).ok();
        if value.is_none() {
            self.drop(name);
        }
        value
    }

    pub(super) fn trace_parent(&mut self, field: Field<'_>) -> Option<TraceParent> {
        self.read(OptionalField::Traceparent, field, trace_parent)
    }
}

/// Parses a `traceparent`; `None` if it is absent or invalid.
pub(super) fn trace_parent(field: Field<'_>) -> Option<TraceParent> {
    text(OptionalField::Traceparent.as_str(), field)
        .ok()?
        .parse()
        .ok()
}

fn starts_as_number(json: &str) -> bool {
    json.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// Returns the type of a JSON text, in words for error messages.
pub(super) fn kind(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'n') => "null",
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    }
}

pub(super) fn wrong_rotation(name: &str, fault: InvalidRotation) -> Rejection {
    match fault {
        InvalidRotation::NotFinite => not_finite(name),
        InvalidRotation::NotUnit(_) => {
            Rejection::new(Reason::InvalidRotation, format_args!("{name} {fault}"))
        }
    }
}
