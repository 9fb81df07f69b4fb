use std::sync::Arc;

use domain::{SessionId, UserId};
use serde_json::Value;
use time::OffsetDateTime;

use super::{Identities, Identity, RightsWatch, calendar, identities::Found};
use crate::{
    Actor, Error,
    actor::Origin,
    error::Result,
    ports::{Clock, TokenFault, TokenService},
};

/// From an access token to who shows it.
#[derive(Clone)]
pub struct Authenticate {
    tokens: Arc<dyn TokenService>,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

/// Who has shown a token.
pub struct Authenticated {
    found: Found,
    /// Until when the token is good.
    pub expires_at: OffsetDateTime,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

impl Authenticate {
    /// With what it needs.
    #[must_use]
    pub fn new(tokens: Arc<dyn TokenService>, identities: Arc<Identities>, clock: Arc<dyn Clock>) -> Self {
        Self {
            tokens,
            identities,
            clock,
        }
    }

    /// Checks a token. What its bearer may do and see is asked of the registry, not of the token.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`]; [`Error::Unavailable`] when only the registry could tell, and is away.
    pub async fn execute(&self, token: &str) -> Result<Authenticated> {
        let now = calendar(&*self.clock);
        let claims = self
            .tokens
            .verify(token, now)
            .map_err(|fault| Error::Unauthenticated {
                reason: match fault {
                    TokenFault::Expired => "the access token is expired",
                    TokenFault::NotYetValid => "the access token is not valid yet",
                    TokenFault::Invalid => "the access token is not valid",
                },
            })?;
        let found = self.identities.find(claims.session_id).await?;
        // No token outlives the session that it was issued in, so when that ends by itself does not matter here.
        let found = found.filter(|found| found.identity.user.id == claims.user_id);
        Ok(Authenticated {
            found: found.ok_or(SESSION_IS_OVER)?,
            expires_at: claims.expires_at,
            identities: Arc::clone(&self.identities),
            clock: Arc::clone(&self.clock),
        })
    }

    /// Returns the public keys that tokens can be checked with, as a JSON Web Key Set.
    #[must_use]
    pub fn key_set(&self) -> Value {
        self.tokens.key_set()
    }

    /// Somebody with the rights that it has by now, who has been known for a while.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when its session is over; [`Error::Unavailable`] when only the registry could tell, and
    /// is away.
    pub async fn again(&self, known: &Actor) -> Result<Actor> {
        let Some(session) = known.session_id else {
            return Ok(known.clone());
        };
        let found = self.identities.find(session).await?.ok_or(SESSION_IS_OVER)?;
        Ok(actor(&found.identity, known.origin.clone()))
    }
}

const SESSION_IS_OVER: Error = Error::Unauthenticated {
    reason: "the session is over",
};

impl Authenticated {
    /// Whose token it is.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.found.identity.user.id
    }

    /// Its bearer as one who asks once.
    #[must_use]
    pub fn actor(&self, origin: Origin) -> Actor {
        actor(&self.found.identity, origin)
    }

    /// Its bearer as one who stays.
    #[must_use]
    pub fn attend(self, origin: Origin) -> Attendance {
        Attendance {
            rights: self.identities.enter(&self.found),
            actor: actor(&self.found.identity, origin),
            expires_at: self.expires_at,
            session: self.found.identity.session_id,
            identities: self.identities,
            clock: self.clock,
        }
    }
}

fn actor(identity: &Identity, origin: Origin) -> Actor {
    let user = &identity.user;
    Actor {
        user_id: user.id,
        username: user.username.as_str().into(),
        role: user.role,
        organization_id: user.organization_id,
        scope: Arc::clone(&identity.scope),
        operable: Arc::clone(&identity.operable),
        session_id: Some(identity.session_id),
        origin,
    }
}

/// Somebody who stays: an open socket. It is who it is as long as its token is good and its session is not over; what it
/// may do and see may change meanwhile.
pub struct Attendance {
    actor: Actor,
    rights: RightsWatch,
    expires_at: OffsetDateTime,
    session: SessionId,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

/// What happens to one who stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Its rights are others now.
    RightsChanged,
    /// Its session is over, or its user is disabled.
    Ended,
    /// Its token is not good any more.
    Expired,
}

impl Attendance {
    /// Who it is, with the rights that it has now as far as this was told of them by [`Attendance::turn`].
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Returns the watch that reports changes of the rights that [`Attendance::actor`] has.
    #[must_use]
    pub const fn rights(&self) -> &RightsWatch {
        &self.rights
    }

    /// Waits until something changes. After anything but [`Turn::RightsChanged`] it is nobody any more. Cancel-safe.
    pub async fn turn(&mut self) -> Turn {
        let left = self.expires_at - calendar(&*self.clock);
        let expired = tokio::time::sleep(left.try_into().unwrap_or_default());
        tokio::select! {
            biased;
            identity = self.rights.changed() => match identity {
                Some(identity) => {
                    self.actor = actor(&identity, self.actor.origin.clone());
                    Turn::RightsChanged
                }
                None => Turn::Ended,
            },
            () = expired => Turn::Expired,
        }
    }

    /// Takes over what [`Attendance::turn`] would tell in a moment: who has been told that something is granted or
    /// withdrawn is obeyed by that, at an open socket as at any other door. When the registry can't tell, nothing has
    /// changed.
    pub async fn catch_up(&mut self) -> Option<Turn> {
        let found = match self.identities.find(self.session).await {
            Ok(Some(found)) => found,
            Ok(None) => return Some(Turn::Ended),
            Err(_) => return None,
        };
        if !self.identities.take_over(&found) {
            // Something has changed meanwhile, which the worker tells.
            return None;
        }
        self.rights.take_note(&found.identity);
        let actor = actor(&found.identity, self.actor.origin.clone());
        let has_changed = actor.scope != self.actor.scope
            || actor.operable != self.actor.operable
            || actor.standing() != self.actor.standing();
        self.actor = actor;
        has_changed.then_some(Turn::RightsChanged)
    }

    /// Goes on with a fresh token of the same user.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for one of another user; this stays as it was.
    pub fn renew(&mut self, fresh: Authenticated) -> Result<()> {
        if fresh.user_id() != self.actor.user_id {
            return Err(Error::Unauthenticated {
                reason: "the access token is another user's",
            });
        }
        let origin = self.actor.origin.clone();
        *self = fresh.attend(origin);
        Ok(())
    }

    /// Until when its token is good.
    #[must_use]
    pub const fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }
}

impl Drop for Attendance {
    fn drop(&mut self) {
        self.identities.leave(self.session);
    }
}
