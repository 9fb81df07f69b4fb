//! JSON representation of tokens and sessions.

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
    SessionListSchema: "SessionList" = json!({"type": "array", "items": named("Session")});
}

/// Access token and refresh token of a session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Tokens)]
pub(crate) struct TokensDocument {
    /// Token to send with every request: `Authorization: Bearer …`.
    access_token: String,
    /// Token that `/api/auth/refresh` exchanges for new tokens. It can be used once.
    refresh_token: String,
    /// Authentication scheme of the access token.
    #[schema(schema_with = token_type)]
    token_type: &'static str,
    /// Lifetime of the access token in seconds.
    #[schema(minimum = 1, example = 900)]
    expires_in: u64,
    /// User of the session.
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

/// Session of the authenticated user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session)]
pub(crate) struct SessionDocument {
    /// Id of the session. It never changes.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Whether this is the session of the request.
    pub(crate) is_current: bool,
    /// Time of the log-in.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// Time when the tokens of the session were last refreshed, or the time of the log-in if they never were.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) refreshed_at: OffsetDateTime,
    /// Time when the session expires unless its tokens are refreshed.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) expires_at: OffsetDateTime,
    /// IP address of the client that logged in or last refreshed the tokens; null if it is unknown.
    #[schema(required, example = "192.0.2.7")]
    pub(crate) address: Option<String>,
    /// `User-Agent` header of the log-in; null if there was none.
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
