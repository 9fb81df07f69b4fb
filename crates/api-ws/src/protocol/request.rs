//! Parsing of client messages.

use std::{io::Cursor, time::Duration};

use application::live::{DeliveryMode, Filter, Topic};
use domain::{GroupId, VehicleId, vehicle::VehicleType};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::{ErrorCode, filter, later::UNSUPPORTED_TYPES};

/// Maximum length of a message id, in characters.
const MAX_ID_CHARS: usize = 128;

/// Maximum depth of nested MessagePack values; the messages of the protocol have 3 levels.
const MAX_DEPTH: usize = 16;

/// Maximum interval that `configure` accepts, in milliseconds.
const MAX_INTERVAL_MS: i64 = 10_000;

#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    /// The message's id, which the answer repeats unchanged.
    pub(crate) id: Option<Value>,
    pub(crate) command: Command,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    /// Subscribes to the vehicles of a topic that pass a filter. The filter of a single vehicle is empty.
    Subscribe(Topic, Filter),
    Unsubscribe(Topic),
    SubscribeRegistry,
    UnsubscribeRegistry,
    /// Changes settings of the socket; `None` keeps a value.
    Configure {
        interval: Option<Duration>,
        mode: Option<DeliveryMode>,
    },
    /// Replaces the access token.
    Authenticate(ShownToken),
    Ping,
}

/// A presented token. `Debug` does not print it.
#[derive(Debug)]
pub(crate) struct ShownToken(SecretString);

impl ShownToken {
    /// Returns the text, for validation only.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for ShownToken {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
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
        let message = "messages must be text on this subprotocol".to_owned();
        Self {
            id: None,
            code: ErrorCode::BadMessage,
            message,
        }
    }
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: Option<Value>,
    id: Option<Value>,
    #[serde(rename = "vehicleId")]
    vehicle_id: Option<Value>,
    #[serde(rename = "vehicleType")]
    vehicle_type: Option<Value>,
    #[serde(rename = "groupId")]
    group_id: Option<Value>,
    filter: Option<Value>,
    #[serde(rename = "intervalMs")]
    interval_ms: Option<Value>,
    mode: Option<Value>,
    token: Option<Value>,
}

impl Request {
    pub(crate) fn parse(text: &str) -> Result<Self, RequestFault> {
        let refuse = |message: String| RequestFault {
            id: None,
            code: ErrorCode::BadMessage,
            message,
        };
        // serde_json would also accept an array as the fields in order, and its errors would name internal types.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(refuse("the message must be a JSON object".to_owned()));
        }
        let raw: Raw = serde_json::from_str(text)
            .map_err(|error| refuse(format!("the message must be a valid JSON object: {error}")))?;
        Self::read(&raw)
    }

    /// Parses a message in MessagePack: a map with the same names as the JSON object.
    pub(crate) fn parse_message_pack(bytes: &[u8]) -> Result<Self, RequestFault> {
        let refuse = |message: String| RequestFault {
            id: None,
            code: ErrorCode::BadMessage,
            message,
        };
        // fixmap, map 16 or map 32. rmp-serde would also accept an array as the fields in order.
        if !matches!(bytes.first(), Some(0x80..=0x8F | 0xDE | 0xDF)) {
            return Err(refuse("the message must be a MessagePack map".to_owned()));
        }
        let mut reader = rmp_serde::Deserializer::new(Cursor::new(bytes));
        reader.set_max_depth(MAX_DEPTH);
        let raw = Raw::deserialize(&mut reader)
            .map_err(|error| refuse(format!("the message must be a valid MessagePack map: {error}")))?;
        if reader.position() != bytes.len() as u64 {
            return Err(refuse("the message must be one MessagePack map".to_owned()));
        }
        Self::read(&raw)
    }

    fn read(raw: &Raw) -> Result<Self, RequestFault> {
        let id = match &raw.id {
            None | Some(Value::Null) => None,
            Some(id @ Value::String(text)) if text.chars().count() <= MAX_ID_CHARS => Some(id.clone()),
            Some(id @ Value::Number(number)) if number.is_u64() || whole(id).is_some() => Some(id.clone()),
            Some(_) => {
                let message =
                    format!("id must be an integer or a string of at most {MAX_ID_CHARS} characters");
                return Err(RequestFault {
                    id: None,
                    code: ErrorCode::BadMessage,
                    message,
                });
            }
        };
        match raw.command() {
            Ok(command) => Ok(Self { id, command }),
            Err((code, message)) => Err(RequestFault { id, code, message }),
        }
    }
}

/// Largest magnitude up to which `f64` represents every integer exactly.
const MAX_WHOLE_FLOAT: f64 = 9_007_199_254_740_992.0;

/// Returns the value as an integer, if it is whole. Clients that only have floats send `2.0` for 2.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value.as_f64()?;
        let is_whole = float.fract() == 0.0 && float.abs() <= MAX_WHOLE_FLOAT;
        is_whole.then_some(float as i64)
    })
}

type CommandFault = (ErrorCode, String);

fn not_supported(part: &str) -> CommandFault {
    let message = format!("{part} is not supported by this server");
    (ErrorCode::NotSupported, message)
}

impl Raw {
    fn command(&self) -> Result<Command, CommandFault> {
        let Some(Value::String(kind)) = &self.kind else {
            return Err((ErrorCode::BadMessage, "type must be a string".to_owned()));
        };
        match kind.as_str() {
            "subscribeVehicle" => {
                self.without_filter()?;
                Ok(Command::Subscribe(self.vehicle()?, Filter::default()))
            }
            "unsubscribeVehicle" => Ok(Command::Unsubscribe(self.vehicle()?)),
            "subscribeAll" => Ok(Command::Subscribe(Topic::All, self.filter()?)),
            "unsubscribeAll" => Ok(Command::Unsubscribe(Topic::All)),
            "subscribeType" => Ok(Command::Subscribe(self.vehicle_type()?, self.filter()?)),
            "unsubscribeType" => Ok(Command::Unsubscribe(self.vehicle_type()?)),
            "subscribeGroup" => Ok(Command::Subscribe(self.group()?, self.filter()?)),
            "unsubscribeGroup" => Ok(Command::Unsubscribe(self.group()?)),
            "subscribeRegistry" => self.without_filter().map(|()| Command::SubscribeRegistry),
            "unsubscribeRegistry" => Ok(Command::UnsubscribeRegistry),
            "configure" => self.configure(),
            "auth" => match &self.token {
                Some(Value::String(token)) => Ok(Command::Authenticate(ShownToken(token.as_str().into()))),
                _ => Err((ErrorCode::BadMessage, "token must be a string".to_owned())),
            },
            "ping" => Ok(Command::Ping),
            known if UNSUPPORTED_TYPES.contains(&known) => Err(not_supported(&format!("type {known}"))),
            other => {
                let other: String = other.chars().take(64).collect();
                Err((ErrorCode::UnknownType, format!("type {other:?} is unknown")))
            }
        }
    }

    fn vehicle(&self) -> Result<Topic, CommandFault> {
        let id = self
            .vehicle_id
            .as_ref()
            .and_then(Value::as_str)
            .map(str::parse::<VehicleId>);
        match id {
            Some(Ok(id)) => Ok(Topic::Vehicle(id)),
            Some(Err(fault)) => Err((ErrorCode::BadMessage, format!("vehicleId {fault}"))),
            None => Err((ErrorCode::BadMessage, "vehicleId must be a string".to_owned())),
        }
    }

    fn vehicle_type(&self) -> Result<Topic, CommandFault> {
        let kind = self
            .vehicle_type
            .as_ref()
            .and_then(Value::as_str)
            .map(str::parse::<VehicleType>);
        match kind {
            Some(Ok(kind)) => Ok(Topic::Type(kind)),
            Some(Err(fault)) => Err((ErrorCode::BadMessage, format!("vehicleType {fault}"))),
            None => Err((ErrorCode::BadMessage, "vehicleType must be a string".to_owned())),
        }
    }

    fn group(&self) -> Result<Topic, CommandFault> {
        match self
            .group_id
            .as_ref()
            .and_then(Value::as_str)
            .map(str::parse::<GroupId>)
        {
            Some(Ok(id)) => Ok(Topic::Group(id)),
            Some(Err(fault)) => Err((ErrorCode::BadMessage, format!("groupId {fault}"))),
            None => Err((ErrorCode::BadMessage, "groupId must be a string".to_owned())),
        }
    }

    fn filter(&self) -> Result<Filter, CommandFault> {
        filter::parse(self.filter.as_ref()).map_err(|fault| (ErrorCode::BadMessage, fault))
    }

    /// Rejects a filter where none applies: ignoring it would deliver more than the client asked for.
    fn without_filter(&self) -> Result<(), CommandFault> {
        match &self.filter {
            None | Some(Value::Null) => Ok(()),
            Some(_) => {
                let fault = "filter applies to subscribeAll, subscribeType and subscribeGroup only";
                Err((ErrorCode::BadMessage, fault.to_owned()))
            }
        }
    }

    fn configure(&self) -> Result<Command, CommandFault> {
        let mode = match self.mode.as_ref().map(Value::as_str) {
            None => None,
            Some(Some("full")) => Some(DeliveryMode::Full),
            Some(Some("delta")) => Some(DeliveryMode::Delta),
            Some(_) => return Err((ErrorCode::BadMessage, "mode must be full or delta".to_owned())),
        };
        let interval = match self.interval_ms.as_ref() {
            None => None,
            Some(value) => match whole(value) {
                Some(ms @ 0..=MAX_INTERVAL_MS) => Some(Duration::from_millis(ms.unsigned_abs())),
                _ => {
                    let fault = format!("intervalMs must be an integer between 0 and {MAX_INTERVAL_MS}");
                    return Err((ErrorCode::BadMessage, fault));
                }
            },
        };
        Ok(Command::Configure { interval, mode })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const VEHICLE: &str = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";

    #[rstest]
    #[case(json!({"type": "subscribeAll"}), Command::Subscribe(Topic::All, Filter::default()))]
    #[case(json!({"type": "subscribeAll", "filter": null}), Command::Subscribe(Topic::All, Filter::default()))]
    #[case(
        json!({"type": "subscribeAll", "filter": {"moving": true}}),
        Command::Subscribe(Topic::All, Filter { is_moving: Some(true), ..Filter::default() })
    )]
    #[case(json!({"type": "unsubscribeAll"}), Command::Unsubscribe(Topic::All))]
    #[case(json!({"type": "subscribeType", "vehicleType": "OHT"}), Command::Subscribe(Topic::Type(VehicleType::Oht), Filter::default()))]
    #[case(
        json!({"type": "subscribeGroup", "groupId": VEHICLE}),
        Command::Subscribe(Topic::Group(GroupId::from_uuid(Uuid::parse_str(VEHICLE).expect("an id"))), Filter::default())
    )]
    #[case(json!({"type": "subscribeRegistry"}), Command::SubscribeRegistry)]
    #[case(json!({"type": "unsubscribeRegistry"}), Command::UnsubscribeRegistry)]
    #[case(json!({"type": "configure"}), Command::Configure { interval: None, mode: None })]
    #[case(json!({"type": "configure", "intervalMs": 0, "mode": "full"}), Command::Configure { interval: Some(Duration::ZERO), mode: Some(DeliveryMode::Full) })]
    #[case(json!({"type": "configure", "intervalMs": 100.0}), Command::Configure { interval: Some(Duration::from_millis(100)), mode: None })]
    #[case(json!({"type": "configure", "intervalMs": -0.0}), Command::Configure { interval: Some(Duration::ZERO), mode: None })]
    #[case(json!({"type": "configure", "mode": "delta"}), Command::Configure { interval: None, mode: Some(DeliveryMode::Delta) })]
    #[case(json!({"type": "ping", "more": [1, 2]}), Command::Ping)]
    fn valid_messages_are_parsed(#[case] message: Value, #[case] expected: Command) {
        assert_eq!(
            Request::parse(&message.to_string()),
            Ok(Request {
                id: None,
                command: expected
            })
        );
    }

    #[test]
    fn a_vehicle_subscription_names_the_vehicle_by_id() {
        let topic = Topic::Vehicle(VehicleId::from_uuid(Uuid::parse_str(VEHICLE).expect("an id")));
        for (kind, command) in [
            (
                "subscribeVehicle",
                Command::Subscribe(topic.clone(), Filter::default()),
            ),
            ("unsubscribeVehicle", Command::Unsubscribe(topic.clone())),
        ] {
            let message = json!({"type": kind, "vehicleId": VEHICLE, "id": 7});
            assert_eq!(
                Request::parse(&message.to_string()),
                Ok(Request {
                    id: Some(json!(7)),
                    command
                })
            );
        }
    }

    #[rstest]
    #[case("", ErrorCode::BadMessage, "the message must be a JSON object")]
    #[case("[]", ErrorCode::BadMessage, "the message must be a JSON object")]
    #[case("5", ErrorCode::BadMessage, "the message must be a JSON object")]
    #[case(
        r#" ["ping", 7, null, null, null, null, null, null]"#,
        ErrorCode::BadMessage,
        "the message must be a JSON object"
    )]
    #[case(r#"{"type":"ping","type":"ping"}"#, ErrorCode::BadMessage, "duplicate field")]
    #[case("{}", ErrorCode::BadMessage, "type must be a string")]
    #[case(r#"{"type":7}"#, ErrorCode::BadMessage, "type must be a string")]
    #[case(r#"{"type":"dance"}"#, ErrorCode::UnknownType, r#"type "dance" is unknown"#)]
    #[case(
        r#"{"type":"ping","id":1.5}"#,
        ErrorCode::BadMessage,
        "id must be an integer or a string"
    )]
    #[case(
        r#"{"type":"subscribeVehicle"}"#,
        ErrorCode::BadMessage,
        "vehicleId must be a string"
    )]
    #[case(
        r#"{"type":"subscribeVehicle","vehicleId":"7"}"#,
        ErrorCode::BadMessage,
        "vehicleId must be a UUID"
    )]
    #[case(
        r#"{"type":"subscribeType","vehicleType":"UFO"}"#,
        ErrorCode::BadMessage,
        "vehicleType must be one of AMR"
    )]
    #[case(
        r#"{"type":"subscribeAll","filter":{"moving":1}}"#,
        ErrorCode::BadMessage,
        "filter.moving must be true or false"
    )]
    #[case(
        r#"{"type":"subscribeRegistry","filter":{}}"#,
        ErrorCode::BadMessage,
        "filter applies to subscribeAll, subscribeType and subscribeGroup only"
    )]
    #[case(
        r#"{"type":"subscribeType","vehicleType":"AMR","filter":[]}"#,
        ErrorCode::BadMessage,
        "filter must be an object"
    )]
    #[case(
        r#"{"type":"configure","mode":"fast"}"#,
        ErrorCode::BadMessage,
        "mode must be full or delta"
    )]
    #[case(
        r#"{"type":"configure","intervalMs":10001}"#,
        ErrorCode::BadMessage,
        "intervalMs must be an integer"
    )]
    #[case(
        r#"{"type":"configure","intervalMs":-1}"#,
        ErrorCode::BadMessage,
        "intervalMs must be an integer"
    )]
    #[case(
        r#"{"type":"configure","intervalMs":"1"}"#,
        ErrorCode::BadMessage,
        "intervalMs must be an integer"
    )]
    fn errors_name_the_invalid_field(#[case] text: &str, #[case] code: ErrorCode, #[case] fault: &str) {
        let found = Request::parse(text).expect_err("the message is invalid");
        assert_eq!(found.code, code);
        assert!(found.message.contains(fault), "{}", found.message);
    }

    #[test]
    fn message_pack_has_the_same_messages() {
        let message =
            json!({"type": "subscribeAll", "id": 7, "filter": {"moving": true, "bbox": [0, -1.5, 2, 3]}});
        let bytes = rmp_serde::to_vec_named(&message).expect("MessagePack");
        assert_eq!(
            Request::parse_message_pack(&bytes),
            Request::parse(&message.to_string())
        );
    }

    #[rstest]
    #[case(&[], "must be a MessagePack map")]
    #[case(&[0x91, 0xA4, b'p', b'i', b'n', b'g'], "must be a MessagePack map")]
    #[case(&[0x81, 0xA4, b't', b'y', b'p', b'e'], "must be a MessagePack map")]
    #[case(&[0x81, 0x01, 0x02], "type must be a string")]
    #[case(b"\x81\xA4type\xA4ping\x00", "must be one MessagePack map")]
    #[case(b"\x81\xA4type\x07", "type must be a string")]
    fn invalid_message_pack_is_rejected(#[case] bytes: &[u8], #[case] expected: &str) {
        let fault = Request::parse_message_pack(bytes).expect_err("the message is invalid");
        assert!(fault.message.contains(expected), "{}", fault.message);
    }

    #[test]
    fn deeply_nested_message_pack_is_rejected() {
        let mut bytes = b"\x82\xA4type\xA4ping\xA2id".to_vec();
        bytes.extend_from_slice(&[0x91; 60_000]);
        bytes.push(0);
        let fault = Request::parse_message_pack(&bytes).expect_err("the message is invalid");
        assert_eq!(fault.code, ErrorCode::BadMessage);
    }

    #[test]
    fn a_whole_float_as_id_is_repeated_unchanged() {
        let request = Request::parse(r#"{"id":7.0,"type":"ping"}"#).expect("the message is valid");
        assert_eq!(request.id, Some(json!(7.0)));
    }

    #[rstest]
    #[case("100.5")]
    #[case("1e300")]
    #[case("10001.0")]
    fn an_interval_is_a_whole_number_in_its_range(#[case] interval: &str) {
        let text = format!(r#"{{"type":"configure","intervalMs":{interval}}}"#);
        let found = Request::parse(&text).expect_err("the interval is invalid");
        assert!(
            found.message.contains("intervalMs must be an integer"),
            "{}",
            found.message
        );
    }

    #[test]
    fn an_error_repeats_the_id_of_its_message() {
        let fault = Request::parse(r#"{"id":"a1","type":"dance"}"#).expect_err("the type is unknown");
        assert_eq!(fault.id, Some(json!("a1")));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_parsed_or_rejected(text in "\\PC{0,200}") {
            let _ = Request::parse(&text);
        }
    }
}
