use super::{IssueTokens, RefreshToken, Sessions, TokenPair};
use crate::{Error, actor::Origin, error::Result, ports::Rotation};

const NOT_VALID: Error = Error::Unauthenticated {
    reason: "the refresh token is not valid",
};

impl Sessions {
    /// Exchanges a refresh token for the next pair of tokens. A token that was spent before may have been stolen, so
    /// its session is ended and all of its tokens become invalid.
    ///
    /// # Errors
    /// Returns [`Error::Unauthenticated`] for an invalid token, always with the same message; [`Error::Unavailable`] if
    /// the registry is unavailable.
    pub async fn refresh(&self, spent: &RefreshToken, origin: &Origin) -> Result<TokenPair> {
        let next = RefreshToken::random();
        let ttl = self.issue.session_ttl;
        let rotation = self
            .repository
            .rotate(&spent.hash(), next.hash(), ttl, origin)
            .await?;
        match rotation {
            Rotation::Renewed { user, session } if IssueTokens::is_worth_tokens(&session) => {
                Ok(self.issue.pair(user, &session, next))
            }
            // The session expires within a second, and token lifetimes are whole seconds.
            Rotation::Renewed { .. } => Err(NOT_VALID),
            Rotation::Reused { user } => {
                tracing::warn!(user.id = %user, "a refresh token was reused: the session has been ended");
                // Ends the sockets and subscriptions of the session on this server without waiting for the log.
                self.changes.rights_changed(user);
                Err(NOT_VALID)
            }
            Rotation::Unknown => Err(NOT_VALID),
        }
    }
}
