use std::sync::Arc;

use super::{Identities, RefreshToken};
use crate::{Actor, Error, actor::Origin, error::Result, live::Live, ports::SessionRepository};

/// Ends the session that somebody calls from.
pub struct LogOut {
    sessions: Arc<dyn SessionRepository>,
    identities: Arc<Identities>,
    live: Arc<Live>,
}

impl LogOut {
    /// With what it needs.
    #[must_use]
    pub fn new(sessions: Arc<dyn SessionRepository>, identities: Arc<Identities>, live: Arc<Live>) -> Self {
        Self {
            sessions,
            identities,
            live,
        }
    }

    /// Logs out: no token of the session is good any more, and its sockets are closed.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for who has no session.
    pub async fn execute(&self, actor: &Actor) -> Result<()> {
        let session = actor.session_id.ok_or(Error::Unauthenticated {
            reason: "there is no session to log out from",
        })?;
        match self.sessions.end(actor, session).await {
            // Somebody else ended it meanwhile, which is as well.
            Ok(()) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        self.identities.rights_changed(actor.user_id);
        self.live.log_grew();
        Ok(())
    }

    /// The same for who has no access token that is still good, but a refresh token. Whether that is good is not told.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn by_token(&self, token: &RefreshToken, origin: &Origin) -> Result<()> {
        if let Some(user) = self.sessions.end_by_token(&token.hash(), origin).await? {
            self.identities.rights_changed(user);
            self.live.log_grew();
        }
        Ok(())
    }
}
