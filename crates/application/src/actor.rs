//! On whose behalf something is done.

use domain::{AccessScope, OrganizationId, Role, UserId};

use crate::error::{Error, Result};

/// A caller: who it is, what it may do, and which vehicles exist for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user_id: UserId,
    /// The user's name, for logs and greetings.
    pub username: String,
    /// What the user may do.
    pub role: Role,
    /// The organisation that the user belongs to; none for who administers them all.
    pub organization_id: Option<OrganizationId>,
    /// The vehicles that exist for the user.
    pub scope: AccessScope,
}

impl Actor {
    /// The administrator at this machine's own console. Who can reach the loopback address is taken for it
    /// as long as nobody has to log in, which is why the server then listens nowhere else.
    #[must_use]
    pub fn local_administrator() -> Self {
        Self {
            user_id: UserId::LOCAL_ADMINISTRATOR,
            username: "local-administrator".to_owned(),
            role: Role::Admin,
            organization_id: None,
            scope: AccessScope::All,
        }
    }

    /// The organisation that what this actor creates belongs to.
    #[must_use]
    pub fn home_organization(&self) -> OrganizationId {
        self.organization_id.unwrap_or(OrganizationId::DEFAULT)
    }

    /// Lets administrators pass.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub fn must_administer(&self) -> Result<()> {
        match self.role {
            Role::Admin => Ok(()),
            Role::Operator | Role::Viewer => Err(Error::Forbidden {
                reason: "the role ADMIN is needed",
            }),
        }
    }

    /// Lets operators and administrators pass.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub fn must_operate(&self) -> Result<()> {
        match self.role {
            Role::Admin | Role::Operator => Ok(()),
            Role::Viewer => Err(Error::Forbidden {
                reason: "the role OPERATOR is needed",
            }),
        }
    }
}
