//! What the server says apart from batches.

use application::{Actor, Error, live::Topic};
use domain::{Role, UserId, VehicleId};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// One message to one client.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Answer<'a> {
    Welcome {
        session_id: String,
        user: UserInfo<'a>,
        interval_ms: u64,
        mode: &'static str,
        server_time: i64,
    },
    Subscribed {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Value>,
        #[serde(flatten)]
        topic: TopicInfo,
    },
    Unsubscribed {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Value>,
        #[serde(flatten)]
        topic: TopicInfo,
    },
    Configured {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Value>,
        interval_ms: u64,
        mode: &'static str,
    },
    Authenticated {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Value>,
        /// Until when the token is good, in Unix ms.
        expires_at: i64,
    },
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Value>,
        server_time: i64,
    },
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Value>,
        code: ErrorCode,
        message: String,
    },
    Feed {
        status: &'static str,
        since: i64,
    },
}

/// Who is logged in.
#[derive(Debug, Serialize)]
pub(crate) struct UserInfo<'a> {
    #[serde(serialize_with = "as_text")]
    id: UserId,
    username: &'a str,
    #[serde(serialize_with = "as_text")]
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

/// What was subscribed to; nothing for all.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopicInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle_type: Option<&'static str>,
}

impl From<&Topic> for TopicInfo {
    fn from(topic: &Topic) -> Self {
        let (vehicle_id, vehicle_type) = match topic {
            Topic::Vehicle(id) => (Some(VehicleId::to_string(id)), None),
            Topic::Type(kind) => (None, Some(kind.as_str())),
            Topic::All => (None, None),
        };
        Self {
            vehicle_id,
            vehicle_type,
        }
    }
}

/// The kinds of fault that a message can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ErrorCode {
    /// Not JSON, or a field is missing or wrong.
    BadMessage,
    /// No message has this type.
    UnknownType,
    /// A part of the protocol that this server does not have.
    NotSupported,
    /// It does not exist, or not for this client.
    NotFound,
    /// The token is no good, or another user's.
    Unauthenticated,
    /// Something that the server needs is away.
    Unavailable,
    /// A fault of the server.
    Internal,
}

impl Answer<'_> {
    /// The answer to a command that could not be done. The one place where errors get this API's words.
    pub(crate) fn failure(id: Option<Value>, error: &Error) -> Self {
        let (code, message) = match error {
            Error::NotFound { .. } => (ErrorCode::NotFound, error.to_string()),
            Error::Unauthenticated { .. } => (ErrorCode::Unauthenticated, error.to_string()),
            Error::Invalid(faults) => (ErrorCode::BadMessage, faults.to_string()),
            Error::Unavailable { .. } => (ErrorCode::Unavailable, error.to_string()),
            _ => (ErrorCode::Internal, "internal error".to_owned()),
        };
        Self::Error { id, code, message }
    }
}

fn as_text<T: ToString, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}
