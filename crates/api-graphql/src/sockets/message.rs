//! Messages of the protocol.

use juniper::{InputValue, Variables};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use time::OffsetDateTime;

use crate::request::as_variables;

#[derive(Debug)]
pub(super) enum FromClient<'m> {
    /// Initialisation of the connection, with its payload.
    ConnectionInit(Variables),
    /// Ping, whose payload may contain a new access token.
    Ping(Variables),
    /// Answer to a ping.
    Pong,
    /// Start of an operation. `request` is JSON.
    Subscribe { id: String, request: &'m RawValue },
    /// Cancellation of an operation.
    Complete { id: String },
}

#[derive(Deserialize)]
struct Envelope<'m> {
    #[serde(borrow)]
    r#type: Option<&'m RawValue>,
    #[serde(borrow)]
    id: Option<&'m RawValue>,
    #[serde(borrow)]
    payload: Option<&'m RawValue>,
}

impl<'m> FromClient<'m> {
    /// Parses a message. The error is the reason for a close frame.
    pub(super) fn read(text: &'m str) -> Result<Self, String> {
        // The derived deserialiser would also accept an array, and its errors would name an internal type.
        if !text.trim_ascii_start().starts_with('{') {
            return Err("invalid message: must be a JSON object".to_owned());
        }
        let Envelope { r#type, id, payload } =
            serde_json::from_str(text).map_err(|fault| format!("invalid message: {fault}"))?;
        let r#type = string("type", r#type)?.ok_or("invalid message: type is missing")?;
        let id = string("id", id)?;
        let id = || id.ok_or_else(|| format!("invalid message: {type} without id", type = r#type));
        match &*r#type {
            "connection_init" => connection_init(payload).map(Self::ConnectionInit),
            "ping" => Ok(Self::Ping(ping(payload))),
            "pong" => Ok(Self::Pong),
            "subscribe" => Ok(Self::Subscribe {
                id: id()?,
                request: payload.ok_or("invalid message: subscribe without payload")?,
            }),
            "complete" => Ok(Self::Complete { id: id()? }),
            _ => Err("invalid message: unknown type".to_owned()),
        }
    }
}

/// Parses a string field, which may be missing or null.
fn string(name: &str, field: Option<&RawValue>) -> Result<Option<String>, String> {
    let read = |field: &RawValue| serde_json::from_str(field.get());
    let read = field.map(read).transpose();
    read.map_err(|_| format!("invalid message: {name} must be a string"))
}

fn connection_init(payload: Option<&RawValue>) -> Result<Variables, String> {
    let Some(payload) = payload else {
        return Ok(Variables::new());
    };
    let payload: InputValue = serde_json::from_str(payload.get()).map_err(|fault| fault.to_string())?;
    as_variables(payload)
        .ok_or_else(|| "invalid message: the payload of connection_init must be an object".to_owned())
}

/// Parses the payload of a ping. The protocol allows any object; anything else is ignored.
fn ping(payload: Option<&RawValue>) -> Variables {
    let payload = payload.and_then(|payload| serde_json::from_str(payload.get()).ok());
    payload.and_then(as_variables).unwrap_or_default()
}

pub(super) fn connection_ack() -> String {
    json!({"type": "connection_ack"}).to_string()
}

pub(super) fn pong() -> String {
    json!({"type": "pong"}).to_string()
}

/// Returns the answer to a ping with a token. It contains the time, in Unix milliseconds, at which the current token of
/// the connection expires.
pub(super) fn pong_until(expires_at: OffsetDateTime) -> String {
    let expires_at_ms = i64::try_from(expires_at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
    json!({"type": "pong", "payload": {"expiresAt": expires_at_ms}}).to_string()
}

/// Returns a message with a result of an operation. `payload` is JSON.
pub(super) fn next(id: &str, payload: &str) -> String {
    format!(
        r#"{{"type":"next","id":{},"payload":{payload}}}"#,
        Value::from(id)
    )
}

/// Returns the last message of an operation that was not executed.
pub(super) fn error(id: &str, errors: &[Value]) -> String {
    json!({"type": "error", "id": id, "payload": errors}).to_string()
}

/// Returns the last message of an operation that was executed, even if it failed.
pub(super) fn complete(id: &str) -> String {
    json!({"type": "complete", "id": id}).to_string()
}

#[cfg(test)]
mod tests {
    use fuzzing::{Seeds, any_json_text, fuzz, mutated_text};
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"{"type": "connection_init", "payload": {"authorization": "Bearer x"}}"#)]
    #[case(r#"{"type": "connection_init", "payload": null}"#)]
    #[case(r#"{"type": "ping", "payload": [1]}"#)]
    #[case(r#"{"type": "ping", "payload": {"authorization": "Bearer x"}}"#)]
    #[case(r#"{"payload": {"query": "{ a }"}, "type": "subscribe", "id": "1", "other": true}"#)]
    #[case(r#"{"type": "complete", "id": "\u0031"}"#)]
    fn valid_messages_are_accepted(#[case] text: &str) {
        assert!(FromClient::read(text).is_ok(), "{text}");
    }

    #[rstest]
    #[case("")]
    #[case("[]")]
    #[case(r#"{"type": 7}"#)]
    #[case(r#"{"type": "start", "id": "1"}"#)]
    #[case(r#"{"type": "complete"}"#)]
    #[case(r#"{"type": "subscribe", "payload": {"query": "{ a }"}}"#)]
    #[case(r#"{"type": "subscribe", "id": "1"}"#)]
    #[case(r#"{"type": "subscribe", "id": "1", "id": "2", "payload": {"query": "{ a }"}}"#)]
    #[case(r#"{"type": "connection_init", "payload": "Bearer x"}"#)]
    #[case("null")]
    #[case("5")]
    fn invalid_messages_are_rejected(#[case] text: &str) {
        let reason = FromClient::read(text).expect_err(text);
        assert!(
            !reason.contains("Envelope") && !reason.contains("struct"),
            "{reason}"
        );
    }

    #[test]
    fn ids_are_written_as_json() {
        assert_eq!(next("a\"b", "{}"), r#"{"type":"next","id":"a\"b","payload":{}}"#);
    }

    #[test]
    fn fuzz_messages_are_accepted_or_rejected() {
        const NAMES: &[&str] = &[
            "type",
            "id",
            "payload",
            "subscribe",
            "connection_init",
            "authorization",
            "query",
            "ping",
        ];
        let seeds = Seeds::of([
            r#"{"type": "connection_init", "payload": {"authorization": "Bearer x"}}"#,
            r#"{"type": "subscribe", "id": "1", "payload": {"query": "{ a }"}}"#,
            r#"{"type": "complete", "id": "1"}"#,
            r#"{"type": "ping"}"#,
        ]);
        let texts = prop_oneof![mutated_text(seeds.with_words(NAMES)), any_json_text(NAMES)];
        fuzz(
            "messages of graphql-transport-ws",
            texts,
            |text| match FromClient::read(&text) {
                Ok(FromClient::Subscribe { id, request }) => {
                    assert!(text.contains(request.get()));
                    let message: Value = serde_json::from_str(&next(&id, "null")).expect("JSON");
                    assert_eq!(message["id"], Value::from(id));
                }
                Ok(_) => {}
                Err(reason) => assert!(!reason.is_empty()),
            },
        );
    }
}
