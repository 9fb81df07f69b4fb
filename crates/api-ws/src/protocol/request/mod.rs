//! Parsing of client messages.

mod command;

use std::io::Cursor;

use serde::Deserialize as _;
use serde_json::Value;

pub(crate) use self::command::{Command, ShownToken};
use self::command::{Fields, whole};
use super::{ErrorCode, MAX_ID_CHARS};

/// Maximum depth of nested MessagePack values; the messages of the protocol have 3 levels.
const MAX_DEPTH: usize = 16;

#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    /// The message's id, which the answer repeats unchanged.
    pub(crate) id: Option<Value>,
    pub(crate) command: Command,
}

#[derive(Debug, PartialEq)]
pub(crate) struct RequestFault {
    /// The message's id, if it could be read.
    pub(crate) id: Option<Value>,
    pub(crate) code: ErrorCode,
    /// Explanation for the client.
    pub(crate) message: String,
}

impl RequestFault {
    pub(crate) fn binary() -> Self {
        Self::bad_message("messages must be text on this subprotocol")
    }

    /// Returns the fault of a message whose id cannot be read.
    fn bad_message(message: impl Into<String>) -> Self {
        Self {
            id: None,
            code: ErrorCode::BadMessage,
            message: message.into(),
        }
    }
}

impl Request {
    pub(crate) fn parse(text: &str) -> Result<Self, RequestFault> {
        // serde_json would also accept an array as the fields in order, and its errors would name internal types.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(RequestFault::bad_message("the message must be a JSON object"));
        }
        let fields: Fields = serde_json::from_str(text).map_err(|error| {
            RequestFault::bad_message(format!("the message must be a valid JSON object: {error}"))
        })?;
        Self::read(&fields)
    }

    /// Parses a message in MessagePack: a map with the same names as the JSON object.
    pub(crate) fn parse_message_pack(bytes: &[u8]) -> Result<Self, RequestFault> {
        // fixmap, map 16 or map 32. rmp-serde would also accept an array as the fields in order.
        if !matches!(bytes.first(), Some(0x80..=0x8F | 0xDE | 0xDF)) {
            return Err(RequestFault::bad_message("the message must be a MessagePack map"));
        }
        let mut reader = rmp_serde::Deserializer::new(Cursor::new(bytes));
        reader.set_max_depth(MAX_DEPTH);
        let fields = Fields::deserialize(&mut reader).map_err(|error| {
            RequestFault::bad_message(format!("the message must be a valid MessagePack map: {error}"))
        })?;
        if reader.position() != bytes.len() as u64 {
            return Err(RequestFault::bad_message(
                "the message must be one MessagePack map",
            ));
        }
        Self::read(&fields)
    }

    fn read(fields: &Fields) -> Result<Self, RequestFault> {
        let id = match &fields.id {
            None | Some(Value::Null) => None,
            Some(id @ Value::String(text)) if text.chars().count() <= MAX_ID_CHARS => Some(id.clone()),
            Some(id @ Value::Number(number)) if number.is_u64() || whole(id).is_some() => Some(id.clone()),
            Some(_) => {
                let message =
                    format!("id must be an integer or a string of at most {MAX_ID_CHARS} characters");
                return Err(RequestFault::bad_message(message));
            }
        };
        match fields.command() {
            Ok(command) => Ok(Self { id, command }),
            Err((code, message)) => Err(RequestFault { id, code, message }),
        }
    }
}

#[cfg(test)]
mod tests;
