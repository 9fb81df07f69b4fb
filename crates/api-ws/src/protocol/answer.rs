//! What the server says apart from batches.

use application::{Actor, Error, live::Topic};
use domain::{Role, UserId, VehicleId};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

use crate::asyncapi::words::{FeedStatusWord, IdWord, ModeWord, RequestIdWord, RoleWord, VehicleTypeWord};

/// A message to one client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Answer<'a> {
    /// The first message on every socket.
    Welcome {
        #[schema(value_type = IdWord)]
        session_id: String,
        user: UserInfo<'a>,
        /// The interval of positions until `configure` asks for another one.
        interval_ms: u64,
        #[schema(value_type = ModeWord)]
        mode: &'static str,
        /// Unix milliseconds.
        server_time: i64,
    },
    /// A subscription is in force.
    Subscribed {
        /// The id of the message that this answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// The vehicle that was named.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = IdWord, required = false)]
        vehicle_id: Option<String>,
        /// The type that was named.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = VehicleTypeWord, required = false)]
        vehicle_type: Option<&'static str>,
    },
    /// A subscription is over.
    Unsubscribed {
        /// The id of the message that this answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// The vehicle that was named.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = IdWord, required = false)]
        vehicle_id: Option<String>,
        /// The type that was named.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = VehicleTypeWord, required = false)]
        vehicle_type: Option<&'static str>,
    },
    /// The settings of the socket as they are now.
    Configured {
        /// The id of the message that this answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        interval_ms: u64,
        #[schema(value_type = ModeWord)]
        mode: &'static str,
    },
    /// The socket goes on with the new token.
    Authenticated {
        /// The id of the message that this answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// The expiry of the token, in Unix milliseconds.
        expires_at: i64,
    },
    /// The answer to `ping`.
    Pong {
        /// The id of the message that this answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// Unix milliseconds.
        server_time: i64,
    },
    /// A message that could not be done.
    Error {
        /// The id of the message that this answers.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        code: ErrorCode,
        /// Names the field and the fault.
        message: String,
    },
    /// The server's own connection to the robots was lost or is back. While it is down no vehicle is called silent.
    Feed {
        #[schema(value_type = FeedStatusWord)]
        status: &'static str,
        /// Unix milliseconds.
        since: i64,
    },
}

/// The user of the socket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserInfo<'a> {
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = IdWord)]
    id: UserId,
    username: &'a str,
    #[serde(serialize_with = "as_text")]
    #[schema(value_type = RoleWord)]
    role: Role,
}

impl<'a> From<&'a Actor> for UserInfo<'a> {
    fn from(actor: &'a Actor) -> Self {
        Self {
            id: actor.user_id,
            username: &actor.username,
            role: actor.role,
        }
    }
}

/// The kinds of fault that a message can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ErrorCode {
    /// Not JSON, or a field is missing or wrong.
    BadMessage,
    /// No message has this type.
    UnknownType,
    /// A part of the protocol that this server does not have.
    NotSupported,
    /// The vehicle does not exist, or may not be seen.
    NotFound,
    /// The token is invalid or expired, or another user's.
    Unauthenticated,
    /// Something that the server needs is unavailable.
    Unavailable,
    /// A fault of the server.
    Internal,
}

impl Answer<'_> {
    /// The answer to a subscription, which names its vehicle or type.
    pub(crate) fn subscribed(id: Option<Value>, topic: Option<&Topic>) -> Self {
        let (vehicle_id, vehicle_type) = named(topic);
        Self::Subscribed {
            id,
            vehicle_id,
            vehicle_type,
        }
    }

    /// The answer to the end of a subscription.
    pub(crate) fn unsubscribed(id: Option<Value>, topic: Option<&Topic>) -> Self {
        let (vehicle_id, vehicle_type) = named(topic);
        Self::Unsubscribed {
            id,
            vehicle_id,
            vehicle_type,
        }
    }

    /// The answer to a command that could not be done. The one place where errors get this API's words.
    pub(crate) fn failure(id: Option<Value>, error: &Error) -> Self {
        let (code, message) = match error {
            Error::NotFound { .. } | Error::NoSuchVehicle { .. } => (ErrorCode::NotFound, error.to_string()),
            Error::Unauthenticated { .. } => (ErrorCode::Unauthenticated, error.to_string()),
            Error::Invalid(faults) => (ErrorCode::BadMessage, faults.to_string()),
            Error::Unavailable { .. } => (ErrorCode::Unavailable, error.to_string()),
            _ => (ErrorCode::Internal, "internal error".to_owned()),
        };
        Self::Error { id, code, message }
    }
}

fn named(topic: Option<&Topic>) -> (Option<String>, Option<&'static str>) {
    match topic {
        Some(Topic::Vehicle(id)) => (Some(VehicleId::to_string(id)), None),
        Some(Topic::Type(kind)) => (None, Some(kind.as_str())),
        Some(Topic::All) | None => (None, None),
    }
}

fn as_text<T: ToString, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}
