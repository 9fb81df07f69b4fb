//! What robots publish, and how it is understood.
//!
//! A message is one JSON object or an array of them; each is taken apart into one [`Item`], judged by itself. An object
//! is either plain or carries a ROS 2 message in rosbridge's form: `docs/redis.md` has the fields, and an example of
//! each form.

mod encode;
mod field;
mod position;
mod ros;
mod state;
#[cfg(test)]
mod tests;

use application::{
    Moment,
    telemetry::{Channel, Inbound, Item, Reason, Rejection, Report},
};
use bytes::Bytes;
pub use encode::encode;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{error::Category, value::RawValue};

/// Takes a message apart. Nothing that is wrong with it is an error here: it is in the items.
///
/// A message of more than `max_bytes` is not looked into. The items' sources are slices of `payload`.
#[must_use]
pub fn decode(channel: Channel, payload: Bytes, received_at: Moment, max_bytes: usize) -> Inbound {
    let items = if payload.len() > max_bytes {
        let detail = format!("message has {} bytes, more than {max_bytes}", payload.len());
        vec![rejected(payload, Rejection::new(Reason::TooLarge, detail))]
    } else {
        decode_text(channel, &payload)
    };
    Inbound {
        channel,
        received_at,
        items,
    }
}

fn decode_text(channel: Channel, payload: &Bytes) -> Vec<Item> {
    let text = match std::str::from_utf8(payload) {
        Ok(text) => text,
        Err(error) => {
            return vec![rejected(
                payload.clone(),
                Rejection::new(Reason::InvalidUtf8, error),
            )];
        }
    };
    if !text.trim_start().starts_with('[') {
        return vec![Item {
            source: payload.clone(),
            report: decode_object(channel, text),
        }];
    }
    match elements(text) {
        Ok(elements) => elements
            .into_iter()
            .map(|element| Item {
                source: payload.slice_ref(element.get().as_bytes()),
                report: decode_object(channel, element.get()),
            })
            .collect(),
        Err(rejection) => vec![rejected(payload.clone(), rejection)],
    }
}

/// Any array may have so many elements.
const ELEMENTS: usize = 1_000;
/// No object that says all that it must is shorter.
const BYTES_OF_AN_ELEMENT: usize = 64;

fn elements(text: &str) -> Result<Vec<&RawValue>, Rejection> {
    let elements: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| Rejection::new(Reason::NotJson, error))?;
    // One message of nothing but commas must not become half a million dead letters.
    if elements.len() > ELEMENTS && elements.len() > text.len() / BYTES_OF_AN_ELEMENT {
        let detail = format!("array has {} elements, too many to be messages", elements.len());
        return Err(Rejection::new(Reason::InvalidField, detail));
    }
    Ok(elements)
}

fn decode_object(channel: Channel, json: &str) -> Result<Report, Rejection> {
    must_be_an_object(json)?;
    match channel {
        Channel::Position => parse::<position::Message<'_>>(json)?.into_report(),
        Channel::State => parse::<state::Message<'_>>(json)?.into_report(),
    }
}

/// What is no JSON at all is left for the parser to say.
fn must_be_an_object(json: &str) -> Result<(), Rejection> {
    if json.trim_start().starts_with('{') || serde_json::from_str::<IgnoredAny>(json).is_err() {
        return Ok(());
    }
    Err(field::invalid(
        "message",
        format_args!("must be an object, not {}", field::kind(json.trim_start())),
    ))
}

/// Finds an object's fields, which are looked into one by one afterwards.
fn parse<'a, M: Deserialize<'a>>(json: &'a str) -> Result<M, Rejection> {
    serde_json::from_str(json).map_err(|error| {
        let reason = match error.classify() {
            Category::Data => Reason::InvalidField,
            Category::Syntax | Category::Eof | Category::Io => Reason::NotJson,
        };
        Rejection::new(reason, error)
    })
}

fn rejected(source: Bytes, rejection: Rejection) -> Item {
    Item {
        source,
        report: Err(rejection),
    }
}
