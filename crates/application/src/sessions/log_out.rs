use super::{RefreshToken, Sessions};
use crate::{Actor, Error, actor::Origin, error::Result};

impl Sessions {
    /// Ends the session of the caller. Its tokens become invalid, and its sockets are closed.
    ///
    /// # Errors
    /// Returns [`Error::Unauthenticated`] for a caller without a session.
    pub async fn log_out(&self, actor: &Actor) -> Result<()> {
        let session = actor.session_id.ok_or(Error::Unauthenticated {
            reason: "there is no session to log out of",
        })?;
        match self.repository.end(actor, session).await {
            // A concurrent call has already ended the session.
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        self.changes.rights_changed(actor.user_id);
        Ok(())
    }

    /// Ends the session of a client that has a refresh token but no valid access token. The answer does not reveal
    /// whether the refresh token was valid.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if the registry is unavailable.
    pub async fn log_out_by_token(&self, token: &RefreshToken, origin: &Origin) -> Result<()> {
        if let Some(user) = self.repository.end_by_token(&token.hash(), origin).await? {
            self.changes.rights_changed(user);
        }
        Ok(())
    }
}
