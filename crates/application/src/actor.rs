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

    /// Lets those pass who administer all organisations.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub fn must_administer_all(&self) -> Result<()> {
        self.must_administer()?;
        match self.organization_id {
            None => Ok(()),
            Some(_) => Err(Error::Forbidden {
                reason: "an administrator of all organizations is needed",
            }),
        }
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
