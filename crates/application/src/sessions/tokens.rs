//! Pairs of a short-lived access token and a refresh token, which is exchanged for the next pair.

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

/// Prefix of every refresh token, by which scanners for leaked secrets recognise it.
const PREFIX: &str = "fwr_";

/// Number of random bytes of a refresh token.
const RANDOM_BYTES: usize = 32;

/// A refresh token, which can be used once to continue its session. Its `Debug` output hides the text.
#[derive(Clone)]
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// Returns a new random token.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; RANDOM_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    /// Wraps a text from a client, which may be anything.
    #[must_use]
    pub fn given(text: String) -> Self {
        Self(text.into())
    }

    /// Returns the text, for the client only.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns the hash that is stored in place of the token.
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

/// Tokens that are issued when a session is opened or refreshed.
#[derive(Debug, Clone)]
pub struct TokenPair {
    pub access: SecretString,
    /// Lifetime of the access token.
    pub expires_in: Duration,
    pub refresh: RefreshToken,
    /// User of the session.
    pub user: User,
}

/// Minimum lifetime of an access token.
const SHORTEST: Duration = Duration::from_secs(1);

pub(super) struct IssueTokens {
    pub(super) tokens: Arc<dyn TokenService>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) access_ttl: Duration,
    pub(super) session_ttl: SessionTtl,
}

impl IssueTokens {
    pub(super) fn now(&self) -> OffsetDateTime {
        calendar(&*self.clock)
    }

    /// Returns `true` if a session lasts long enough for an access token, whose lifetime is in whole seconds.
    pub(super) fn is_worth_tokens(session: &Session) -> bool {
        rest_of(session) >= SHORTEST
    }

    /// Issues the tokens of a session. The access token does not outlive the session.
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

/// Returns the time from the last refresh of a session to its expiry. Both times are from the clock of the registry,
/// which may differ from this server's.
fn rest_of(session: &Session) -> Duration {
    let rest = session.expires_at - session.refreshed_at;
    rest.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refresh_tokens_differ_and_their_debug_output_hides_them() {
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
