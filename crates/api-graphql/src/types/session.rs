use application::sessions::{SessionView, TokenPair};
use juniper::{DefaultScalarValue, GraphQLObject, ID};
use secrecy::ExposeSecret as _;

use super::{DateTime, User};
use crate::context::Context;

/// Tokens issued by `login` and `refreshToken`.
#[derive(Clone, GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct Tokens {
    /// Access token, sent with each request as `Authorization: Bearer …`.
    access_token: String,
    /// Refresh token, which `refreshToken` exchanges for new tokens. It can be used only once.
    refresh_token: String,
    /// Authentication scheme of the access token; always `Bearer`.
    token_type: String,
    /// Lifetime of the access token in seconds.
    expires_in: i32,
    /// User to whom the tokens were issued.
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

/// Session of the calling user.
#[derive(Clone, Debug, GraphQLObject)]
pub struct Session {
    /// Unique, permanent identifier.
    id: ID,
    /// Whether this is the session that the request was made in.
    is_current: bool,
    /// Time of the log-in that started the session.
    created_at: DateTime,
    /// Time at which the tokens were last refreshed, or of the log-in if they never were.
    refreshed_at: DateTime,
    /// Time at which the session expires unless its tokens are refreshed before then.
    expires_at: DateTime,
    /// Network address of the client at the log-in or the last refresh.
    address: Option<String>,
    /// User agent of the client at the log-in.
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
