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

const SESSION_IS_OVER: Error = Error::Unauthenticated {
    reason: "the session has ended",
};

#[derive(Clone)]
pub struct Authenticate {
    tokens: Arc<dyn TokenService>,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

/// The user of a verified access token.
pub struct Authenticated {
    found: Found,
    pub expires_at: OffsetDateTime,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

impl Authenticate {
    #[must_use]
    pub fn new(tokens: Arc<dyn TokenService>, identities: Arc<Identities>, clock: Arc<dyn Clock>) -> Self {
        Self {
            tokens,
            identities,
            clock,
        }
    }

    /// Verifies a token and finds its user. The rights of the user come from the registry, whatever the token claims.
    ///
    /// # Errors
    /// Returns [`Error::Unauthenticated`] for a token that is not valid or whose session has ended;
    /// [`Error::Unavailable`] when the session is not cached and the registry is unreachable.
    pub async fn execute(&self, token: &str) -> Result<Authenticated> {
        let now = calendar(&*self.clock);
        let claims = self
            .tokens
            .verify(token, now)
            .map_err(|fault| Error::Unauthenticated {
                reason: match fault {
                    TokenFault::Expired => "the access token has expired",
                    TokenFault::NotYetValid => "the access token is not valid yet",
                    TokenFault::Invalid => "the access token is not valid",
                },
            })?;
        let found = self.identities.find(claims.session_id).await?;
        // No token outlives its session (see `IssueTokens::pair`), so the expiry of the session is not checked here.
        let found = found.filter(|found| found.identity.user.id == claims.user_id);
        Ok(Authenticated {
            found: found.ok_or(SESSION_IS_OVER)?,
            expires_at: claims.expires_at,
            identities: Arc::clone(&self.identities),
            clock: Arc::clone(&self.clock),
        })
    }

    /// Returns the public keys for verifying tokens, as a JSON Web Key Set.
    #[must_use]
    pub fn key_set(&self) -> Value {
        self.tokens.key_set()
    }

    /// Returns an actor that was authenticated earlier, with its current rights. An actor without a session, such as
    /// that of the command line, is returned unchanged.
    ///
    /// # Errors
    /// Returns [`Error::Unauthenticated`] when its session has ended; [`Error::Unavailable`] when the session is not
    /// cached and the registry is unreachable.
    pub async fn again(&self, known: &Actor) -> Result<Actor> {
        let Some(session) = known.session_id else {
            return Ok(known.clone());
        };
        let found = self.identities.find(session).await?.ok_or(SESSION_IS_OVER)?;
        Ok(actor(&found.identity, known.origin.clone()))
    }
}

impl Authenticated {
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.found.identity.user.id
    }

    /// Returns the user as the actor of a single request.
    #[must_use]
    pub fn actor(&self, origin: Origin) -> Actor {
        actor(&self.found.identity, origin)
    }

    /// Starts a live session of the user, for a long-lived connection such as a socket.
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

/// Caller of a long-lived connection, such as a socket. It is valid until its token expires or its session ends. Its
/// rights may change in the meantime.
pub struct LiveSession {
    actor: Actor,
    rights: RightsWatch,
    expires_at: OffsetDateTime,
    session: SessionId,
    identities: Arc<Identities>,
    clock: Arc<dyn Clock>,
}

/// Change to a [`LiveSession`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionChange {
    /// The rights of the caller have changed.
    RightsChanged,
    /// The session has ended, or its user is disabled.
    Ended,
    /// The token has expired.
    Expired,
}

impl LiveSession {
    /// Returns the caller. Its rights are updated by [`LiveSession::turn`] and [`LiveSession::catch_up`].
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Returns the watch that reports changes to the caller's rights.
    #[must_use]
    pub const fn rights(&self) -> &RightsWatch {
        &self.rights
    }

    /// Waits for a change. The live session is over after [`SessionChange::Ended`] or [`SessionChange::Expired`].
    /// Cancel-safe.
    pub async fn turn(&mut self) -> SessionChange {
        let left = self.expires_at - calendar(&*self.clock);
        let expired = tokio::time::sleep(left.try_into().unwrap_or_default());
        tokio::select! {
            // If both have happened, the end of the session is the reason to report.
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

    /// Applies a change of rights that [`LiveSession::turn`] has not reported yet. A client that knows of a new or
    /// withdrawn grant must see its effect on an open socket as on any other endpoint. Returns `None` if nothing has
    /// changed, or if the current rights cannot be determined, in which case [`LiveSession::turn`] reports the change
    /// later.
    pub async fn catch_up(&mut self) -> Option<SessionChange> {
        let found = match self.identities.find(self.session).await {
            Ok(Some(found)) => found,
            Ok(None) => return Some(SessionChange::Ended),
            Err(_) => return None,
        };
        if !self.identities.take_over(&found) {
            // Rights have changed since the lookup, so the result may be outdated. The worker of `Identities` reports
            // the change.
            return None;
        }
        // Otherwise, `turn` would report the same change again.
        self.rights.take_note(&found.identity);
        let actor = actor(&found.identity, self.actor.origin.clone());
        let has_changed = actor.scope != self.actor.scope
            || actor.operable != self.actor.operable
            || actor.standing() != self.actor.standing();
        self.actor = actor;
        has_changed.then_some(SessionChange::RightsChanged)
    }

    /// Replaces the token with another token of the same user, which may belong to another session.
    ///
    /// # Errors
    /// Returns [`Error::Unauthenticated`] for a token of another user; the live session is then unchanged.
    pub fn renew(&mut self, fresh: Authenticated) -> Result<()> {
        if fresh.user_id() != self.actor.user_id {
            return Err(Error::Unauthenticated {
                reason: "the access token belongs to another user",
            });
        }
        let origin = self.actor.origin.clone();
        // The new reference is created before the old one is dropped, so a session to which both tokens belong stays
        // live.
        *self = fresh.live_session(origin);
        Ok(())
    }

    #[must_use]
    pub const fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }
}
