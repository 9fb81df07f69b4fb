//! The command of a client message, and its parsing from the fields that it needs.

use std::{fmt, str::FromStr, time::Duration};

use application::live::{DeliveryMode, Filter, Topic};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::protocol::{ErrorCode, filter, later::UNSUPPORTED_TYPES};

/// Maximum interval that `configure` accepts, in milliseconds.
const MAX_INTERVAL_MS: i64 = 10_000;

/// Largest magnitude up to which `f64` represents every integer exactly.
const MAX_WHOLE_FLOAT: f64 = 9_007_199_254_740_992.0;

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    /// Subscribes to the vehicles of a topic that pass a filter. For a single vehicle, the filter is empty.
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

/// The fields of all client messages.
#[derive(Deserialize)]
pub(super) struct Fields {
    #[serde(rename = "type")]
    kind: Option<Value>,
    pub(super) id: Option<Value>,
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

pub(super) type CommandFault = (ErrorCode, String);

impl Fields {
    pub(super) fn command(&self) -> Result<Command, CommandFault> {
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
        parsed("vehicleId", self.vehicle_id.as_ref()).map(Topic::Vehicle)
    }

    fn vehicle_type(&self) -> Result<Topic, CommandFault> {
        parsed("vehicleType", self.vehicle_type.as_ref()).map(Topic::Type)
    }

    fn group(&self) -> Result<Topic, CommandFault> {
        parsed("groupId", self.group_id.as_ref()).map(Topic::Group)
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

/// Parses the text of a required field.
fn parsed<T>(name: &str, value: Option<&Value>) -> Result<T, CommandFault>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let text = value.and_then(Value::as_str);
    let text = text.ok_or_else(|| (ErrorCode::BadMessage, format!("{name} must be a string")))?;
    text.parse()
        .map_err(|fault: T::Err| (ErrorCode::BadMessage, format!("{name} {fault}")))
}

fn not_supported(part: &str) -> CommandFault {
    let message = format!("{part} is not supported by this server");
    (ErrorCode::NotSupported, message)
}

/// Returns the value as an integer, if it is whole. Clients that only have floats send `2.0` for 2.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value.as_f64()?;
        let is_whole = float.fract() == 0.0 && float.abs() <= MAX_WHOLE_FLOAT;
        is_whole.then_some(float as i64)
    })
}
