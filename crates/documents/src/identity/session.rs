use application::{
    ports::Session,
    sessions::{RefreshToken, SessionView, TokenPair},
};
use domain::{PasswordPolicy, Violations};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::{
    ToSchema,
    openapi::{Object, Type},
};

use super::{UserDocument, new_secret, read, secret};
use crate::{fields::text, time::rfc3339};

/// What somebody gets who has logged in, or goes on.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Tokens)]
pub struct TokensDocument {
    /// To be shown at every door: `Authorization: Bearer …`.
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
pub struct SessionDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub id: String,
    /// Whether it is the one that this is asked from.
    pub is_current: bool,
    /// When it began with a log-in.
    #[serde(serialize_with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its tokens were last renewed.
    #[serde(serialize_with = "rfc3339")]
    pub refreshed_at: OffsetDateTime,
    /// When it ends by itself.
    #[serde(serialize_with = "rfc3339")]
    pub expires_at: OffsetDateTime,
    /// From where it was last used.
    #[schema(required, example = "192.0.2.7")]
    pub address: Option<String>,
    /// What the client calls itself.
    #[schema(required)]
    pub user_agent: Option<String>,
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

/// Name and password.
#[derive(Debug)]
pub struct LogInDocument {
    /// The name.
    pub username: String,
    /// The password.
    pub password: SecretString,
}

/// Reads `{username, password}`.
///
/// # Errors
/// All that is wrong with it.
pub fn log_in(document: Value) -> Result<LogInDocument, Violations> {
    read(document, |fields| {
        let username = fields.required("username", text);
        let password = fields.required("password", secret);
        Some(LogInDocument {
            username: username?,
            password: password?,
        })
    })
}

/// Reads `{refreshToken}`.
///
/// # Errors
/// All that is wrong with it.
pub fn refresh_token(document: Value) -> Result<RefreshToken, Violations> {
    read(document, |fields| {
        fields.required("refreshToken", text).map(RefreshToken::given)
    })
}

/// A present password and the next.
#[derive(Debug)]
pub struct PasswordChange {
    /// The present one.
    pub current: SecretString,
    /// The next.
    pub new: SecretString,
}

/// Reads `{currentPassword, newPassword}`.
///
/// # Errors
/// All that is wrong with it.
pub fn password_change(document: Value, policy: PasswordPolicy) -> Result<PasswordChange, Violations> {
    read(document, |fields| {
        let current = fields.required("currentPassword", secret);
        let new = fields.required("newPassword", new_secret(policy));
        Some(PasswordChange {
            current: current?,
            new: new?,
        })
    })
}
