use std::sync::Arc;

use super::{
    Identities,
    tokens::{IssueTokens, RefreshToken, TokenPair},
};
use crate::{
    Error,
    actor::Origin,
    error::Result,
    live::Live,
    ports::{Rotation, SessionRepository},
};

/// Goes on with a session: a refresh token is spent for the next pair of tokens.
pub struct RefreshSession {
    sessions: Arc<dyn SessionRepository>,
    identities: Arc<Identities>,
    live: Arc<Live>,
    issue: IssueTokens,
}

impl RefreshSession {
    /// With what it needs.
    #[must_use]
    pub fn new(
        sessions: Arc<dyn SessionRepository>,
        identities: Arc<Identities>,
        live: Arc<Live>,
        issue: IssueTokens,
    ) -> Self {
        Self {
            sessions,
            identities,
            live,
            issue,
        }
    }

    /// Spends a token. One that was spent before has been copied by somebody: its session is ended, with all tokens
    /// that came of it.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a token that is not good: one word, whatever the reason.
    pub async fn execute(&self, spent: &RefreshToken, origin: &Origin) -> Result<TokenPair> {
        let next = RefreshToken::random();
        let ttl = self.issue.session_ttl;
        let rotation = self
            .sessions
            .rotate(&spent.hash(), next.hash(), ttl, origin)
            .await?;
        match rotation {
            Rotation::Renewed { user, session } if IssueTokens::is_worth_tokens(&session) => {
                Ok(self.issue.pair(user, &session, next))
            }
            // It ends within the second: a token of no lifetime would be of no use.
            Rotation::Renewed { .. } => Err(NOT_GOOD),
            Rotation::Reused { user } => {
                tracing::warn!(user.id = %user, "a refresh token was used twice: its session is ended");
                self.identities.rights_changed(user);
                self.live.log_grew();
                Err(NOT_GOOD)
            }
            Rotation::Unknown => Err(NOT_GOOD),
        }
    }
}

const NOT_GOOD: Error = Error::Unauthenticated {
    reason: "the refresh token is not valid",
};
