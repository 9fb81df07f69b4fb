//! Messages from the server, except for batches.

use application::{Actor, Error, live::Topic};
use domain::{Role, UserId};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;

use crate::asyncapi::words::{FeedStatusWord, IdWord, ModeWord, RequestIdWord, RoleWord, VehicleTypeWord};

/// A message from the server to one client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Answer<'a> {
    /// The first message on every socket.
    Welcome {
        #[schema(value_type = IdWord)]
        session_id: String,
        user: UserInfo<'a>,
        /// Interval between the updates of a vehicle, in milliseconds, until `configure` changes it.
        interval_ms: u64,
        #[schema(value_type = ModeWord)]
        mode: &'static str,
        /// Server time, in Unix milliseconds.
        server_time: i64,
    },
    /// A subscription is active.
    Subscribed {
        /// Id of the client's message.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// The subscribed vehicle.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = IdWord, required = false)]
        vehicle_id: Option<String>,
        /// The subscribed type.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = VehicleTypeWord, required = false)]
        vehicle_type: Option<&'static str>,
        /// The subscribed group.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = IdWord, required = false)]
        group_id: Option<String>,
    },
    /// A subscription has ended.
    Unsubscribed {
        /// Id of the client's message.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// The unsubscribed vehicle.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = IdWord, required = false)]
        vehicle_id: Option<String>,
        /// The unsubscribed type.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = VehicleTypeWord, required = false)]
        vehicle_type: Option<&'static str>,
        /// The unsubscribed group.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = IdWord, required = false)]
        group_id: Option<String>,
    },
    /// The current settings of the socket.
    Configured {
        /// Id of the client's message.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// Interval between the updates of a vehicle, in milliseconds; 0 sends each update at once.
        interval_ms: u64,
        #[schema(value_type = ModeWord)]
        mode: &'static str,
    },
    /// The new access token was accepted.
    Authenticated {
        /// Id of the client's message.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// Expiry of the token, in Unix milliseconds.
        expires_at: i64,
    },
    /// The answer to `ping`.
    Pong {
        /// Id of the client's message.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        /// Server time, in Unix milliseconds.
        server_time: i64,
    },
    /// A client's message was rejected.
    Error {
        /// Id of the client's message.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = RequestIdWord, required = false)]
        id: Option<Value>,
        code: ErrorCode,
        /// Human-readable explanation. If a field is invalid, it names the field.
        message: String,
    },
    /// The server has lost its connection to the robots' channels, or the connection has been restored. While the feed
    /// is down, no vehicle is reported as TIMEOUT or DISCONNECTED.
    Feed {
        #[schema(value_type = FeedStatusWord)]
        status: &'static str,
        /// Time of the change, in Unix milliseconds.
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

/// Reasons for rejecting a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ErrorCode {
    /// The message cannot be parsed, or a field is missing or invalid.
    BadMessage,
    /// The message type is unknown.
    UnknownType,
    /// The message uses a part of the protocol that this server does not support.
    NotSupported,
    /// The vehicle or group does not exist, or the user may not see it.
    NotFound,
    /// The socket has the maximum number of subscriptions.
    LimitReached,
    /// The token is invalid or expired, or belongs to another user.
    Unauthenticated,
    /// A store is unavailable.
    Unavailable,
    /// An internal error has occurred.
    Internal,
}

impl Answer<'_> {
    /// Creates the answer to a subscription, which names the vehicle, type or group.
    pub(crate) fn subscribed(id: Option<Value>, topic: Option<&Topic>) -> Self {
        let Named {
            vehicle_id,
            vehicle_type,
            group_id,
        } = Named::of(topic);
        Self::Subscribed {
            id,
            vehicle_id,
            vehicle_type,
            group_id,
        }
    }

    pub(crate) fn unsubscribed(id: Option<Value>, topic: Option<&Topic>) -> Self {
        let Named {
            vehicle_id,
            vehicle_type,
            group_id,
        } = Named::of(topic);
        Self::Unsubscribed {
            id,
            vehicle_id,
            vehicle_type,
            group_id,
        }
    }

    /// Creates the answer to a failed command. All errors are mapped to this protocol here.
    pub(crate) fn failure(id: Option<Value>, error: &Error) -> Self {
        let (code, message) = match error {
            Error::NotFound { .. } | Error::NoSuchVehicle { .. } => (ErrorCode::NotFound, error.to_string()),
            Error::Unauthenticated { .. } => (ErrorCode::Unauthenticated, error.to_string()),
            Error::Invalid(faults) => (ErrorCode::BadMessage, faults.to_string()),
            Error::LimitReached { .. } => (ErrorCode::LimitReached, error.to_string()),
            Error::Unavailable { .. } => (ErrorCode::Unavailable, error.to_string()),
            _ => (ErrorCode::Internal, "internal error".to_owned()),
        };
        Self::Error { id, code, message }
    }
}

/// Fields that name the subject of a subscription.
#[derive(Default)]
struct Named {
    vehicle_id: Option<String>,
    vehicle_type: Option<&'static str>,
    group_id: Option<String>,
}

impl Named {
    fn of(topic: Option<&Topic>) -> Self {
        let mut named = Self::default();
        match topic {
            Some(Topic::Vehicle(id)) => named.vehicle_id = Some(id.to_string()),
            Some(Topic::Type(kind)) => named.vehicle_type = Some(kind.as_str()),
            Some(Topic::Group(id)) => named.group_id = Some(id.to_string()),
            Some(Topic::All) | None => {}
        }
        named
    }
}

fn as_text<T: ToString, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}
