//! The fields of a hash, as texts. Other programs write these keys too, so a parse error names its field.

use std::{fmt, str::FromStr};

use deadpool_redis::redis::{FromRedisValue, Value};
use domain::telemetry::Timestamp;

/// Parse error of a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field {field} {fault}")]
pub(crate) struct BrokenField {
    pub(crate) field: &'static str,
    pub(crate) fault: String,
}

impl BrokenField {
    pub(crate) fn new(field: &'static str, fault: impl fmt::Display) -> Self {
        Self {
            field,
            fault: fault.to_string(),
        }
    }
}

/// Name of the field with the time at which the series of a hash began. It is not part of the content.
pub(crate) const SERIES: &str = "series";

/// Texts of the fields of a hash, in the order of `names`.
pub(crate) struct Fields<const N: usize> {
    names: [&'static str; N],
    texts: [Option<String>; N],
    series: Option<Timestamp>,
}

impl<const N: usize> Fields<N> {
    /// Parses the answer to `HMGET` for the names and [`SERIES`]; `None` if the hash has none of the named fields.
    pub(crate) fn read(names: [&'static str; N], answer: Value) -> Result<Option<Self>, BrokenField> {
        let mut bytes: Vec<Option<Vec<u8>>> = FromRedisValue::from_redis_value(answer)
            .map_err(|_| BrokenField::new("(all)", "is not a reply to HMGET"))?;
        let series = bytes.drain(N.min(bytes.len())..).next().flatten();
        if bytes.iter().all(Option::is_none) {
            return Ok(None);
        }
        let mut texts = std::array::from_fn(|_| None);
        for (text, bytes) in texts.iter_mut().zip(bytes) {
            // Invalid bytes only invalidate this field: no number and no name contains a replacement character.
            *text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        }
        Ok(Some(Self {
            names,
            texts,
            // Anything but a time means that the hash has no series.
            series: series
                .and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok())
                .and_then(|ms| Timestamp::from_unix_ms(ms).ok()),
        }))
    }

    /// Returns the time at which the series began; `None` if the hash has none.
    pub(crate) const fn series(&self) -> Option<Timestamp> {
        self.series
    }

    /// Returns a field's text; `None` if it is missing or empty.
    pub(crate) fn text(&self, field: &'static str) -> Option<&str> {
        let index = self.names.iter().position(|name| *name == field)?;
        self.texts[index].as_deref().filter(|text| !text.is_empty())
    }

    pub(crate) fn optional<T: FromStr<Err: fmt::Display>>(
        &self,
        field: &'static str,
    ) -> Result<Option<T>, BrokenField> {
        self.text(field)
            .map(str::parse)
            .transpose()
            .map_err(|fault| BrokenField::new(field, fault))
    }

    /// Parses an optional field. A value that `read` rejects is treated as absent.
    pub(crate) fn possible<T>(&self, field: &'static str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.text(field).and_then(read)
    }

    /// Parses a finite number.
    pub(crate) fn number(&self, field: &'static str) -> Result<f64, BrokenField> {
        let number: f64 = self
            .optional(field)?
            .ok_or_else(|| BrokenField::new(field, "is missing"))?;
        if number.is_finite() {
            Ok(number)
        } else {
            Err(BrokenField::new(field, "must be a finite number"))
        }
    }

    /// Parses a robot's time; 0 is an error. For a robot without a clock, the key contains the time of arrival.
    pub(crate) fn timestamp(&self, field: &'static str) -> Result<Timestamp, BrokenField> {
        let ms = self.number(field)?;
        match Timestamp::from_reported_ms(ms) {
            Ok(Some(time)) => Ok(time),
            Ok(None) => Err(BrokenField::new(field, "must not be 0")),
            Err(fault) => Err(BrokenField::new(field, fault)),
        }
    }
}
