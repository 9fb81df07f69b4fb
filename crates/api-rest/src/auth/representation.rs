//! The representations of tokens and sessions.

use application::{
    ports::Session,
    sessions::{SessionView, TokenPair},
};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use utoipa::{
    ToSchema,
    openapi::{Object, Type},
};

use crate::{
    schemas::{named, schemas},
    time::rfc3339,
    users::UserDocument,
};

schemas! {
    /// The sessions of a user.
    SessionListSchema: "SessionList" = json!({"type": "array", "items": named("Session")});
}

/// What somebody gets who has logged in, or goes on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Tokens)]
pub(crate) struct TokensDocument {
    /// To be shown at every endpoint: `Authorization: Bearer …`.
    access_token: String,
    /// To get the next tokens with, once.
    refresh_token: String,
    /// How the access token is shown.
    #[schema(schema_with = token_type)]
    token_type: &'static str,
    /// How long the access token is good for, in seconds.
    #[schema(minimum = 1, example = 900)]
    expires_in: u64,
    /// Who has logged in.
    user: UserDocument,
}

fn token_type() -> Object {
    Object::builder()
        .schema_type(Type::String)
        .enum_values(Some(["Bearer"]))
        .build()
}

impl From<&TokenPair> for TokensDocument {
    fn from(pair: &TokenPair) -> Self {
        Self {
            access_token: pair.access.expose_secret().to_owned(),
            refresh_token: pair.refresh.expose().to_owned(),
            token_type: "Bearer",
            expires_in: pair.expires_in.as_secs(),
            user: UserDocument::from(&pair.user),
        }
    }
}

/// A session of one's own.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub(crate) struct SessionDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Whether it is the one that this is asked from.
    pub(crate) is_current: bool,
    /// When it began with a log-in.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When its tokens were last renewed.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) refreshed_at: OffsetDateTime,
    /// When it ends by itself.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) expires_at: OffsetDateTime,
    /// From where it was last used.
    #[schema(required, example = "192.0.2.7")]
    pub(crate) address: Option<String>,
    /// What the client calls itself.
    #[schema(required)]
    pub(crate) user_agent: Option<String>,
}

impl From<&SessionView> for SessionDocument {
    fn from(view: &SessionView) -> Self {
        let Session {
            id,
            user_id: _,
            created_at,
            refreshed_at,
            expires_at,
            address,
            user_agent,
        } = view.session.clone();
        Self {
            id: id.to_string(),
            is_current: view.is_current,
            created_at,
            refreshed_at,
            expires_at,
            address: address.map(|address| address.to_string()),
            user_agent,
        }
    }
}
