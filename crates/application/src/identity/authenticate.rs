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

/// Finds the caller behind an access token.
#[derive(Clone)]
pub struct Authenticate {
    tokens: Arc<dyn TokenService>,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

/// The bearer of a valid token.
pub struct Authenticated {
    found: Found,
    /// When the token expires.
    pub expires_at: OffsetDateTime,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

impl Authenticate {
    /// Verifies tokens by this service, and looks their bearers up here.
    #[must_use]
    pub fn new(tokens: Arc<dyn TokenService>, identities: Arc<Identities>, clock: Arc<dyn Clock>) -> Self {
        Self {
            tokens,
            identities,
            clock,
        }
    }

    /// Checks a token. The rights of its bearer come from the registry, not from the token.
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

    /// Returns an actor that was authenticated earlier, with the rights that it has now.
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
    /// The user whose token it is.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.found.identity.user.id
    }

    /// Returns the bearer as the actor of a single request.
    #[must_use]
    pub fn actor(&self, origin: Origin) -> Actor {
        actor(&self.found.identity, origin)
    }

    /// Begins a live session of the bearer, such as an open socket.
    #[must_use]
    pub fn live_session(self, origin: Origin) -> LiveSession {
        LiveSession {
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

/// A caller that stays, such as an open socket. It lasts as long as its token is valid and its session is not over; its
/// rights may change meanwhile.
pub struct LiveSession {
    actor: Actor,
    rights: RightsWatch,
    expires_at: OffsetDateTime,
    session: SessionId,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

/// A change of an [`LiveSession`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionChange {
    /// Its rights have changed.
    RightsChanged,
    /// Its session is over, or its user is disabled.
    Ended,
    /// Its token has expired.
    Expired,
}

impl LiveSession {
    /// The caller, with the rights that it had when [`LiveSession::turn`] last returned.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Returns the watch that reports changes of the rights that [`LiveSession::actor`] has.
    #[must_use]
    pub const fn rights(&self) -> &RightsWatch {
        &self.rights
    }

    /// Waits for a change. After any but [`SessionChange::RightsChanged`] the caller has no rights any more. Cancel-safe.
    pub async fn turn(&mut self) -> SessionChange {
        let left = self.expires_at - calendar(&*self.clock);
        let expired = tokio::time::sleep(left.try_into().unwrap_or_default());
        tokio::select! {
            biased;
            identity = self.rights.changed() => match identity {
                Some(identity) => {
                    self.actor = actor(&identity, self.actor.origin.clone());
                    SessionChange::RightsChanged
                }
                None => SessionChange::Ended,
            },
            () = expired => SessionChange::Expired,
        }
    }

    /// Takes over a change that [`LiveSession::turn`] would report in a moment. A client that knows of a new grant, or of a
    /// withdrawn one, must find it in force at its open socket as at any other endpoint. While the registry is away,
    /// nothing changes.
    pub async fn catch_up(&mut self) -> Option<SessionChange> {
        let found = match self.identities.find(self.session).await {
            Ok(Some(found)) => found,
            Ok(None) => return Some(SessionChange::Ended),
            Err(_) => return None,
        };
        if !self.identities.take_over(&found) {
            // Rights have changed meanwhile, so what was found may be older than that. The worker reports it.
            return None;
        }
        self.rights.take_note(&found.identity);
        let actor = actor(&found.identity, self.actor.origin.clone());
        let has_changed = actor.scope != self.actor.scope
            || actor.operable != self.actor.operable
            || actor.standing() != self.actor.standing();
        self.actor = actor;
        has_changed.then_some(SessionChange::RightsChanged)
    }

    /// Continues with a fresh token of the same user.
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
        *self = fresh.live_session(origin);
        Ok(())
    }

    /// When its token expires.
    #[must_use]
    pub const fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }
}
