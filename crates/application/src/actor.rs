//! Callers, on whose behalf use cases run.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use domain::{AccessScope, Operation, OrganizationId, Role, SessionId, Standing, UserId};

use crate::error::{Error, Result};

/// The origin of a call, for the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address; none for the command line.
    pub address: Option<IpAddr>,
    /// The id of the request, or of the socket, in logs.
    pub request_id: Option<Arc<str>>,
}

impl Origin {
    /// Returns the place of the address, as [`place_of`] has it.
    #[must_use]
    pub fn place(&self) -> Option<IpAddr> {
        self.address.map(place_of)
    }
}

/// Returns the place of an address: the address itself, or of IPv6 the first address of its network of 64 bits, because a
/// client that has one address of such a network has all of them.
#[must_use]
pub fn place_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).into(),
    }
}

/// A caller: its user, its rights, and the vehicles that exist for it. A plain value, cheap to clone.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user.
    pub user_id: UserId,
    /// The user's name, for logs and greetings.
    pub username: Arc<str>,
    /// The role of the user.
    pub role: Role,
    /// The organisation that the user belongs to, if it belongs to one.
    pub organization_id: Option<OrganizationId>,
    /// The vehicles that exist for the user.
    pub scope: Arc<AccessScope>,
    /// Those of them that the user may operate: a grant may allow less than the user's role.
    pub operable: Arc<AccessScope>,
    /// The session of the user; none for the command line.
    pub session_id: Option<SessionId>,
    /// The origin of the call.
    pub origin: Origin,
}

impl Actor {
    /// The actor of the command line. It can read the configuration, so it could as well change the database.
    #[must_use]
    pub fn command_line() -> Self {
        Self {
            user_id: UserId::COMMAND_LINE,
            username: "command-line".into(),
            role: Role::Admin,
            organization_id: None,
            scope: Arc::new(AccessScope::All),
            operable: Arc::new(AccessScope::All),
            session_id: None,
            origin: Origin::default(),
        }
    }

    /// The actor of a client that has not logged in: it sees nothing and may do nothing. Endpoints that need a known caller
    /// refuse the client before they need an actor.
    #[must_use]
    pub fn nobody(origin: Origin) -> Self {
        Self {
            user_id: UserId::NOBODY,
            username: "nobody".into(),
            role: Role::Viewer,
            organization_id: None,
            scope: Arc::new(AccessScope::nothing()),
            operable: Arc::new(AccessScope::nothing()),
            session_id: None,
            origin,
        }
    }

    /// Returns the standing of the actor.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing::of(self.role, self.organization_id.is_some())
    }

    /// Returns how far an operation reaches, for an actor whose role allows it.
    #[must_use]
    pub fn scope_of(&self, operation: Operation) -> &Arc<AccessScope> {
        match operation.needs() {
            Standing::Operator => &self.operable,
            // Administrators see what they administer, and nothing limits it.
            Standing::Viewer | Standing::OrganizationAdmin | Standing::GlobalAdmin => &self.scope,
        }
    }

    /// Returns the same actor with the scope that the operation reaches. Repositories get this one for a change, so that
    /// vehicles which the actor sees and may not change are out of its reach.
    #[must_use]
    pub fn within_reach_of(&self, operation: Operation) -> Self {
        Self {
            scope: Arc::clone(self.scope_of(operation)),
            ..self.clone()
        }
    }

    /// Returns the organisation to which the things belong that this actor creates.
    #[must_use]
    pub fn home_organization(&self) -> OrganizationId {
        self.organization_id.unwrap_or(OrganizationId::DEFAULT)
    }

    /// Returns the organisation for a thing that this actor creates: the one that is asked for, else its own.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another than its own, unless it administers them all.
    pub fn organization_for(&self, wanted: Option<OrganizationId>) -> Result<OrganizationId> {
        match (wanted, self.organization_id) {
            (None, _) => Ok(self.home_organization()),
            (Some(wanted), Some(own)) if wanted != own => Err(Error::organization_not_found()),
            (Some(wanted), _) => Ok(wanted),
        }
    }

    /// Checks that the role of the actor allows an operation. The scope says how far it reaches.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when it does not.
    pub fn must_be_allowed(&self, operation: Operation) -> Result<()> {
        if operation.is_allowed_to(self.standing()) {
            Ok(())
        } else {
            Err(Error::Forbidden { operation })
        }
    }

    /// The same for a thing that exists already. An actor that can't see the thing gets the error that there is none.
    ///
    /// # Errors
    /// The error of `look`, if the role does not allow the operation and the actor can't see the thing; else
    /// [`Error::Forbidden`].
    pub async fn must_be_allowed_on<T>(
        &self,
        operation: Operation,
        look: impl Future<Output = Result<T>>,
    ) -> Result<()> {
        match self.must_be_allowed(operation) {
            Ok(()) => Ok(()),
            Err(forbidden) => look.await.and(Err(forbidden)),
        }
    }
}
