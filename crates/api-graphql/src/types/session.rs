//! What who has logged in has.

use application::sessions::{SessionView, TokenPair};
use juniper::{DefaultScalarValue, GraphQLObject, ID};
use secrecy::ExposeSecret as _;

use super::{DateTime, User};
use crate::context::Context;

/// What somebody gets who has logged in, or goes on.
#[derive(Clone, GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct Tokens {
    /// To be shown at every endpoint: `Authorization: Bearer …`.
    access_token: String,
    /// To get the next tokens with, once.
    refresh_token: String,
    /// How the access token is shown: Bearer.
    token_type: String,
    /// How long the access token is good for, in seconds.
    expires_in: i32,
    /// Who has logged in.
    user: User,
}

impl From<TokenPair> for Tokens {
    fn from(pair: TokenPair) -> Self {
        Self {
            access_token: pair.access.expose_secret().to_owned(),
            refresh_token: pair.refresh.expose().to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: i32::try_from(pair.expires_in.as_secs()).unwrap_or(i32::MAX),
            user: pair.user.into(),
        }
    }
}

/// A session of one's own.
#[derive(Clone, Debug, GraphQLObject)]
pub struct Session {
    /// Its identity, for ever.
    id: ID,
    /// Whether it is the one that this is asked from.
    is_current: bool,
    /// When it began with a log-in.
    created_at: DateTime,
    /// When its tokens were last renewed.
    refreshed_at: DateTime,
    /// When it ends by itself.
    expires_at: DateTime,
    /// From where it was last used.
    address: Option<String>,
    /// What the client calls itself.
    user_agent: Option<String>,
}

impl From<SessionView> for Session {
    fn from(view: SessionView) -> Self {
        let session = view.session;
        Self {
            id: ID::new(session.id.to_string()),
            is_current: view.is_current,
            created_at: session.created_at.into(),
            refreshed_at: session.refreshed_at.into(),
            expires_at: session.expires_at.into(),
            address: session.address.map(|address| address.to_string()),
            user_agent: session.user_agent,
        }
    }
}
