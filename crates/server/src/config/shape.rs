//! The values that a setting may have.

use std::fmt;

use toml::Value;

/// Values of a setting, for the JSON Schema and the reference. `Display` completes the sentence "must be …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// `true` or `false`.
    Flag,
    /// A number.
    Number {
        is_whole: bool,
        /// Unit in the plural, such as `seconds`; empty if there is none.
        unit: &'static str,
        /// Smallest and greatest number.
        range: Option<[String; 2]>,
    },
    /// One of several words.
    Word(Vec<&'static str>),
    /// A text.
    Text {
        what: &'static str,
        /// Regular expression (ECMA-262) that matches every valid text from start to end.
        pattern: Option<&'static str>,
        /// Whether the text may have several lines.
        is_multiline: bool,
    },
    /// Items in an array, or in a text that separates them with commas.
    List {
        what: &'static str,
        item: Box<Self>,
        /// Number of items, if it is fixed.
        length: Option<usize>,
    },
}

impl Shape {
    pub(super) const fn text(what: &'static str) -> Self {
        Self::Text {
            what,
            pattern: None,
            is_multiline: false,
        }
    }

    pub(super) const fn text_like(what: &'static str, pattern: &'static str) -> Self {
        Self::Text {
            what,
            pattern: Some(pattern),
            is_multiline: false,
        }
    }

    pub(super) const fn lines_like(what: &'static str, pattern: &'static str) -> Self {
        Self::Text {
            what,
            pattern: Some(pattern),
            is_multiline: true,
        }
    }

    /// Returns `true` if a line break in a text is a mistake, such as a secret file with two lines. The entries of a
    /// list may be on several lines.
    pub(super) const fn is_single_line(&self) -> bool {
        matches!(
            self,
            Self::Text {
                is_multiline: false,
                ..
            }
        )
    }

    /// Returns the text that an environment variable would have for a value in the file; `None` if the value has
    /// another type.
    pub(super) fn text_of(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Flag, Value::Boolean(flag)) => Some(flag.to_string()),
            (Self::Number { .. }, Value::Integer(number)) => Some(number.to_string()),
            (Self::Number { .. }, Value::Float(number)) => Some(number.to_string()),
            (Self::Word(_) | Self::Text { .. } | Self::List { .. }, Value::String(text)) => {
                Some(text.trim().to_owned())
            }
            (Self::List { .. }, Value::Array(items)) if items.is_empty() => Some("none".to_owned()),
            (Self::List { item, .. }, Value::Array(items)) => {
                let items = items.iter().map(|value| item.text_of(value));
                items.collect::<Option<Vec<_>>>().map(|items| items.join(","))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("true or false"),
            Self::Number {
                is_whole,
                unit,
                range,
            } => {
                f.write_str(if *is_whole { "a whole number" } else { "a number" })?;
                if !unit.is_empty() {
                    write!(f, " of {unit}")?;
                }
                match range {
                    Some([min, max]) => write!(f, " from {min} to {max}"),
                    None => Ok(()),
                }
            }
            Self::Word(words) => match words.split_last() {
                Some((last, [])) => f.write_str(last),
                Some((last, others)) => write!(f, "{} or {last}", others.join(", ")),
                None => Ok(()),
            },
            Self::Text { what, .. } | Self::List { what, .. } => f.write_str(what),
        }
    }
}
