//! The fields of a hash, as texts. Other programs write these keys too: what cannot be understood is told with its
//! field.

use std::{fmt, str::FromStr};

use deadpool_redis::redis::{FromRedisValue, Value};
use domain::telemetry::Timestamp;

/// A field that cannot be understood.
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

/// The texts of some fields, in the order of their names.
pub(crate) struct Fields<const N: usize> {
    names: [&'static str; N],
    texts: [Option<String>; N],
}

impl<const N: usize> Fields<N> {
    /// What `HMGET` answered; `None` when there is no such hash.
    pub(crate) fn read(names: [&'static str; N], answer: Value) -> Result<Option<Self>, BrokenField> {
        let bytes: Vec<Option<Vec<u8>>> = FromRedisValue::from_redis_value(answer)
            .map_err(|_| BrokenField::new("(all)", "is not what HMGET answers"))?;
        if bytes.iter().all(Option::is_none) {
            return Ok(None);
        }
        let mut texts = std::array::from_fn(|_| None);
        for ((text, name), bytes) in texts.iter_mut().zip(names).zip(bytes) {
            *text = bytes
                .map(String::from_utf8)
                .transpose()
                .map_err(|_| BrokenField::new(name, "is not UTF-8"))?;
        }
        Ok(Some(Self { names, texts }))
    }

    /// A field's text; an empty one is as good as none.
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

    pub(crate) fn number(&self, field: &'static str) -> Result<f64, BrokenField> {
        self.optional(field)?
            .ok_or_else(|| BrokenField::new(field, "is missing"))
    }

    pub(crate) fn timestamp(&self, field: &'static str) -> Result<Timestamp, BrokenField> {
        let ms = self
            .optional(field)?
            .ok_or_else(|| BrokenField::new(field, "is missing"))?;
        Timestamp::from_unix_ms(ms).map_err(|fault| BrokenField::new(field, fault))
    }
}
