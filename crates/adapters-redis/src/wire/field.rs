//! One field of an object, still as text. `null` counts as absent.

use std::{borrow::Cow, fmt, str::FromStr};

use application::telemetry::{Reason, Rejection};
use domain::{VehicleId, telemetry::Timestamp, text::InvalidText};
use serde_json::value::RawValue;

/// A field that may be there.
pub(super) type Field<'a> = Option<&'a RawValue>;

/// A fault of one field.
pub(super) fn invalid(name: impl fmt::Display, fault: impl fmt::Display) -> Rejection {
    Rejection::new(Reason::InvalidField, format_args!("{name} {fault}"))
}

/// A number that is not finite.
pub(super) fn not_finite(name: impl fmt::Display) -> Rejection {
    Rejection::new(Reason::NotFinite, format_args!("{name} must be a finite number"))
}

pub(super) fn required<'a>(name: &str, field: Field<'a>) -> Result<&'a RawValue, Rejection> {
    field.ok_or_else(|| invalid(name, "is missing"))
}

/// A finite number.
pub(super) fn number(name: &str, field: Field<'_>) -> Result<f64, Rejection> {
    let text = required(name, field)?.get();
    if !starts_as_number(text) {
        return Err(invalid(
            name,
            format_args!("must be a number, not {}", kind(text)),
        ));
    }
    let number: f64 = text.parse().map_err(|error| invalid(name, error))?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(not_finite(name))
    }
}

/// A finite number that may be absent.
pub(super) fn optional_number(name: &str, field: Field<'_>) -> Result<Option<f64>, Rejection> {
    field.map(|_| number(name, field)).transpose()
}

/// Unix milliseconds. Some senders have only floating-point numbers: 1732333333123.0 will do.
pub(super) fn timestamp(name: &str, field: Field<'_>) -> Result<Timestamp, Rejection> {
    let whole = match required(name, field)?.get().parse::<i64>() {
        Ok(ms) => Some(ms),
        Err(_) => whole_ms(number(name, field)?),
    };
    let ms = whole.ok_or_else(|| invalid(name, "must be whole Unix milliseconds"))?;
    Timestamp::from_unix_ms(ms).map_err(|fault| invalid(name, fault))
}

fn whole_ms(number: f64) -> Option<i64> {
    // Every whole number of this range is exact in both types.
    let in_range = (0.0..=Timestamp::MAX.as_unix_ms() as f64).contains(&number);
    if number.fract() != 0.0 {
        None
    } else if in_range {
        Some(number as i64)
    } else {
        Some(-1)
    }
}

/// A text.
pub(super) fn text<'a>(name: &str, field: Field<'a>) -> Result<Cow<'a, str>, Rejection> {
    let json = required(name, field)?.get();
    let Some(inner) = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Err(invalid(name, format_args!("must be a text, not {}", kind(json))));
    };
    if inner.contains('\\') {
        serde_json::from_str(json)
            .map(Cow::Owned)
            .map_err(|error| invalid(name, error))
    } else {
        Ok(Cow::Borrowed(inner))
    }
}

/// A text that means something.
pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(name: &str, field: Field<'_>) -> Result<T, Rejection> {
    text(name, field)?.parse().map_err(|fault| invalid(name, fault))
}

pub(super) fn vehicle_id(field: Field<'_>) -> Result<VehicleId, Rejection> {
    parsed("vehicleId", field)
}

/// A name that may be absent, or empty, which is the same.
pub(super) fn optional_name<T>(
    name: &str,
    field: Field<'_>,
    check: impl Fn(&str) -> Result<T, InvalidText>,
) -> Result<Option<T>, Rejection> {
    if field.is_none() {
        return Ok(None);
    }
    match check(&text(name, field)?) {
        Ok(value) => Ok(Some(value)),
        Err(InvalidText::Empty) => Ok(None),
        Err(fault) => Err(invalid(name, fault)),
    }
}

/// The trace that a message belongs to. What is no trace parent is nobody's fault but the trace's.
pub(super) fn trace_parent(field: Field<'_>) -> Option<application::trace::TraceParent> {
    text("traceparent", field).ok()?.parse().ok()
}

fn starts_as_number(json: &str) -> bool {
    json.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// What sort of value a JSON text is.
pub(super) fn kind(json: &str) -> &'static str {
    match json.as_bytes().first() {
        Some(b'n') => "null",
        Some(b'"') => "a text",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    }
}
