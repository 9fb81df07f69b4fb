//! Callers, on whose behalf use cases run.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use domain::{AccessScope, Operation, OrganizationId, Role, SessionId, Standing, UserId};

use crate::error::{Error, Result};

/// Origin of a call, for the audit log and for rate limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Address of the client; `None` for the command line.
    pub address: Option<IpAddr>,
    /// Id of the request or socket in the server's logs.
    pub request_id: Option<Arc<str>>,
}

impl Origin {
    /// Returns the place of the address, see [`place_of`].
    #[must_use]
    pub fn place(&self) -> Option<IpAddr> {
        self.address.map(place_of)
    }
}

/// Returns the place that limits attribute an address to: the address itself, or for IPv6 the first address of its /64
/// network, because a client that has one address of such a network has all of them.
#[must_use]
pub fn place_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).into(),
    }
}

/// A caller: its user, its rights, and the vehicles that exist for it. A plain value that is cheap to clone and does
/// not reflect later changes of the rights.
#[derive(Debug, Clone)]
pub struct Actor {
    pub user_id: UserId,
    /// Name of the user, for logs and greetings.
    pub username: Arc<str>,
    pub role: Role,
    /// Organisation of the user; `None` if it belongs to none.
    pub organization_id: Option<OrganizationId>,
    /// Vehicles that the user may see.
    pub scope: Arc<AccessScope>,
    /// Vehicles that the user may operate, a part of `scope`: a grant may allow less than the user's role.
    pub operable: Arc<AccessScope>,
    /// Session that the call belongs to; `None` for the command line.
    pub session_id: Option<SessionId>,
    pub origin: Origin,
}

impl Actor {
    /// Returns the actor of the command line. It has all rights, because a process that can read the configuration can
    /// change the database directly.
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

    /// Returns the actor of a client that has not logged in. It sees nothing and may do nothing. Endpoints that need
    /// authentication refuse the client before they need an actor.
    #[must_use]
    pub fn anonymous(origin: Origin) -> Self {
        Self {
            user_id: UserId::ANONYMOUS,
            username: "nobody".into(),
            role: Role::Viewer,
            organization_id: None,
            scope: Arc::new(AccessScope::nothing()),
            operable: Arc::new(AccessScope::nothing()),
            session_id: None,
            origin,
        }
    }

    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing::of(self.role, self.organization_id.is_some())
    }

    /// Returns the vehicles that an operation may concern, for an actor whose role allows the operation.
    #[must_use]
    pub fn scope_of(&self, operation: Operation) -> &Arc<AccessScope> {
        match operation.needs() {
            Standing::Operator => &self.operable,
            // Reads apply to everything that is visible, and grants don't limit administrators.
            Standing::Viewer | Standing::OrganizationAdmin | Standing::GlobalAdmin => &self.scope,
        }
    }

    /// Returns this actor with its scope limited to what the operation may concern. Repositories get it for a change,
    /// so vehicles that the actor may see but not change can't be changed.
    #[must_use]
    pub fn within_reach_of(&self, operation: Operation) -> Self {
        Self {
            scope: Arc::clone(self.scope_of(operation)),
            ..self.clone()
        }
    }

    /// Returns the organisation that owns what this actor creates: its own, or the default one.
    #[must_use]
    pub fn home_organization(&self) -> OrganizationId {
        self.organization_id.unwrap_or(OrganizationId::DEFAULT)
    }

    /// Returns the organisation that owns a new entity: `wanted`, or by default [`Actor::home_organization`].
    ///
    /// # Errors
    /// [`Error::NotFound`] for an organisation other than the actor's own, unless the actor belongs to none.
    pub fn organization_for(&self, wanted: Option<OrganizationId>) -> Result<OrganizationId> {
        match (wanted, self.organization_id) {
            (None, _) => Ok(self.home_organization()),
            (Some(wanted), Some(own)) if wanted != own => Err(Error::organization_not_found()),
            (Some(wanted), _) => Ok(wanted),
        }
    }

    /// Checks that the role of the actor allows an operation. Which vehicles it may concern is checked separately, by
    /// the scope.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if it does not.
    pub fn must_be_allowed(&self, operation: Operation) -> Result<()> {
        if operation.is_allowed_to(self.standing()) {
            Ok(())
        } else {
            Err(Error::Forbidden { operation })
        }
    }

    /// Checks that the role of the actor allows an operation on an existing entity, which `look` reads within the
    /// actor's scope. If the actor can't see the entity, the error is that it does not exist.
    ///
    /// # Errors
    /// If the role does not allow the operation, the error of `look` if that fails, or else [`Error::Forbidden`].
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
