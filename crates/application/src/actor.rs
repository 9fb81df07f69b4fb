//! The callers of use cases.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use domain::{AccessScope, AuditAction, Operation, OrganizationId, Role, SessionId, Standing, UserId};

use crate::error::{Error, Result};

/// Origin of a call, for the audit log and rate limits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Address of the client; `None` for the command line.
    pub address: Option<IpAddr>,
    /// Id of the request or socket in the server's logs.
    pub request_id: Option<Arc<str>>,
}

impl Origin {
    /// Returns the place of the client's address, see [`place_of`].
    #[must_use]
    pub fn place(&self) -> Option<IpAddr> {
        self.address.map(place_of)
    }
}

/// Returns the place of an address, to which limits apply: an IPv4 address itself, or the first address of the /64
/// network of an IPv6 address, because clients usually have a whole /64 network.
#[must_use]
pub fn place_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).into(),
    }
}

/// A caller, with its rights. It is a plain value that is cheap to clone and does not reflect later changes to the
/// rights.
#[derive(Debug, Clone)]
pub struct Actor {
    pub user_id: UserId,
    pub username: Arc<str>,
    pub role: Role,
    /// Organisation of the user; `None` if the user belongs to none.
    pub organization_id: Option<OrganizationId>,
    /// Vehicles that the user may see.
    pub scope: Arc<AccessScope>,
    /// Vehicles that the user may operate. Part of `scope`, because a grant may allow less than the user's role.
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

    /// Returns the actor of a client that has not logged in. Its scope is empty. Endpoints that require authentication
    /// reject the client before they need an actor.
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

    /// Returns the vehicles on which the actor may perform an operation, provided that its role allows the operation.
    #[must_use]
    pub fn scope_of(&self, operation: Operation) -> &Arc<AccessScope> {
        match operation.needs() {
            Standing::Operator => &self.operable,
            // Reads apply to everything that is visible, and grants don't limit administrators.
            Standing::Viewer | Standing::OrganizationAdmin | Standing::GlobalAdmin => &self.scope,
        }
    }

    /// Returns this actor with its scope limited to the vehicles on which it may perform the operation. Repositories
    /// receive this actor for a change, so they don't change vehicles that the caller may only see.
    #[must_use]
    pub fn within_reach_of(&self, operation: Operation) -> Self {
        Self {
            scope: Arc::clone(self.scope_of(operation)),
            ..self.clone()
        }
    }

    /// Returns the action to record when the actor ends one of its sessions: a log-out if the actor uses this session,
    /// otherwise a revocation.
    #[must_use]
    pub fn action_of_ending(&self, session: SessionId) -> AuditAction {
        match self.session_id == Some(session) {
            true => AuditAction::LogOut,
            false => AuditAction::RevokeSession,
        }
    }

    /// Returns the organisation that owns entities created by this actor: its own or, if it has none, the default one.
    #[must_use]
    pub fn home_organization(&self) -> OrganizationId {
        self.organization_id.unwrap_or(OrganizationId::DEFAULT)
    }

    /// Returns the organisation that owns a new entity: `wanted`, or by default [`Actor::home_organization`].
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] for an organisation other than the actor's own, unless the actor belongs to none.
    pub fn organization_for(&self, wanted: Option<OrganizationId>) -> Result<OrganizationId> {
        match (wanted, self.organization_id) {
            (None, _) => Ok(self.home_organization()),
            (Some(wanted), Some(own)) if wanted != own => Err(Error::organization_not_found()),
            (Some(wanted), _) => Ok(wanted),
        }
    }

    /// Checks that the role of the actor allows an operation. Use [`Actor::scope_of`] to check the vehicle.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] if the role does not allow it.
    pub fn must_be_allowed(&self, operation: Operation) -> Result<()> {
        if operation.is_allowed_to(self.standing()) {
            Ok(())
        } else {
            Err(Error::Forbidden { operation })
        }
    }

    /// Checks that the role of the actor allows an operation on an existing entity. If it does not, `look` reads the
    /// entity within the actor's scope, so an actor that can't see the entity does not learn that it exists.
    ///
    /// # Errors
    /// Returns the error of `look` if the role does not allow the operation and `look` fails, and [`Error::Forbidden`]
    /// if `look` succeeds.
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
