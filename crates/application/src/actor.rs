//! On whose behalf something is done.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use domain::{AccessScope, Operation, OrganizationId, Role, SessionId, Standing, UserId};

use crate::error::{Error, Result};

/// From where a caller calls, for the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address; none for the command line.
    pub address: Option<IpAddr>,
    /// How logs know the request, or the socket.
    pub request_id: Option<Arc<str>>,
}

impl Origin {
    /// The place that it is one of, as [`place_of`] has it.
    #[must_use]
    pub fn place(&self) -> Option<IpAddr> {
        self.address.map(place_of)
    }
}

/// What is one place however many addresses it has: an address, or of IPv6 its network of 64 bits (by its first
/// address), because whoever has one address of it has all of them.
#[must_use]
pub fn place_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).into(),
    }
}

/// A caller: who it is, what it may do, and which vehicles exist for it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user.
    pub user_id: UserId,
    /// The user's name, for logs and greetings.
    pub username: Arc<str>,
    /// What the user may do.
    pub role: Role,
    /// The organisation that the user belongs to; none for who administers them all.
    pub organization_id: Option<OrganizationId>,
    /// The vehicles that exist for the user.
    pub scope: Arc<AccessScope>,
    /// Those of them that the user may operate: a grant may allow less than the user's role.
    pub operable: Arc<AccessScope>,
    /// The session that the user has opened by logging in; none for the command line.
    pub session_id: Option<SessionId>,
    /// From where.
    pub origin: Origin,
}

impl Actor {
    /// Whoever runs a command on this machine: it reads the configuration, so it could as well change the database.
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

    /// Somebody who has not logged in, and sees and may do nothing. It stands where an actor has to stand; doors that let
    /// nobody in whom they do not know ask before that.
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

    /// Where it stands.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing::of(self.role, self.organization_id.is_some())
    }

    /// How far an operation reaches, for an actor whose role allows it.
    #[must_use]
    pub fn scope_of(&self, operation: Operation) -> &Arc<AccessScope> {
        match operation.needs() {
            Standing::Operator => &self.operable,
            // Administrators see what they administer, and nothing limits it.
            Standing::Viewer | Standing::OrganizationAdmin | Standing::GlobalAdmin => &self.scope,
        }
    }

    /// The same actor, for whom only that exists which the operation reaches. Repositories get this one to change
    /// something: what the actor sees and may not change is out of their reach as well.
    #[must_use]
    pub fn within_reach_of(&self, operation: Operation) -> Self {
        Self {
            scope: Arc::clone(self.scope_of(operation)),
            ..self.clone()
        }
    }

    /// The organisation that what this actor creates belongs to.
    #[must_use]
    pub fn home_organization(&self) -> OrganizationId {
        self.organization_id.unwrap_or(OrganizationId::DEFAULT)
    }

    /// The organisation for something that this actor creates: the one that is asked for, else its own.
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

    /// Lets those pass whose role allows an operation. How far it reaches is for the scope to say.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub fn must_be_allowed(&self, operation: Operation) -> Result<()> {
        if operation.is_allowed_to(self.standing()) {
            Ok(())
        } else {
            Err(Error::Forbidden { operation })
        }
    }

    /// The same for something that is there already: who may not even know of it hears that there is no such thing.
    ///
    /// # Errors
    /// What `look` finds wrong, when the role does not allow the operation; else [`Error::Forbidden`].
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
