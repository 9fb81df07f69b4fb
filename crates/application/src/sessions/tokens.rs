//! Pairs of tokens: an access token that is valid for some minutes, and a refresh token for the next pair.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::User;
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::{
    identity::calendar,
    ports::{AccessClaims, Clock, Session, SessionTtl, TokenHash, TokenService},
};

/// The prefix of every refresh token, by which scanners for leaked secrets recognise it.
const PREFIX: &str = "fwr_";

/// The random bytes of a refresh token: too many to guess.
const RANDOM_BYTES: usize = 32;

/// Continues a session, once.
#[derive(Clone)]
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// Makes a new one, which can't be guessed.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; RANDOM_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    /// Wraps the text that a client presents, which may be anything.
    #[must_use]
    pub fn given(text: String) -> Self {
        Self(text.into())
    }

    /// The text, for the client only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns the hash that is stored in its place.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::new(Sha256::digest(self.expose()).into())
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(..)")
    }
}

/// The tokens of a session that begins or goes on.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// The access token.
    pub access: SecretString,
    /// How long that is valid.
    pub expires_in: Duration,
    /// The refresh token, for the next pair.
    pub refresh: RefreshToken,
    /// The user who has logged in.
    pub user: User,
}

/// The shortest lifetime of an access token.
const SHORTEST: Duration = Duration::from_secs(1);

/// Issues the tokens of sessions.
pub(super) struct IssueTokens {
    pub(super) tokens: Arc<dyn TokenService>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) access_ttl: Duration,
    /// How long a session lasts.
    pub(super) session_ttl: SessionTtl,
}

impl IssueTokens {
    /// The calendar's time.
    pub(super) fn now(&self) -> OffsetDateTime {
        calendar(&*self.clock)
    }

    /// Whether a session lasts long enough for tokens, whose lifetime is in whole seconds.
    pub(super) fn is_worth_tokens(session: &Session) -> bool {
        rest_of(session) >= SHORTEST
    }

    /// Issues the tokens of a session that goes on. Neither outlives it.
    pub(super) fn pair(&self, user: User, session: &Session, refresh: RefreshToken) -> TokenPair {
        let issued_at = self.now();
        let expires_in = self.access_ttl.min(rest_of(session));
        let access = self.tokens.issue(&AccessClaims {
            user_id: user.id,
            role: user.role,
            organization_id: user.organization_id,
            session_id: session.id,
            issued_at,
            expires_at: issued_at + expires_in,
        });
        TokenPair {
            access,
            expires_in,
            refresh,
            user,
        }
    }
}

/// How long a session lasts from its last refresh on. Both times are the registry's, whose clock may differ from this
/// server's.
fn rest_of(session: &Session) -> Duration {
    let rest = session.expires_at - session.refreshed_at;
    rest.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_refresh_tokens_are_alike_and_none_shows_itself() {
        let [one, other] = [(); 2].map(|()| RefreshToken::random());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.hash(), RefreshToken::given(one.expose().to_owned()).hash());
        assert!(
            one.expose().starts_with("fwr_") && one.expose().len() == 47,
            "{}",
            one.expose().len()
        );
        assert_eq!(
            format!("{one:?} {:?}", one.hash()),
            "RefreshToken(..) TokenHash(..)"
        );
    }
}
