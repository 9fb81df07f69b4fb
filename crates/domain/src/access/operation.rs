//! The one table of who may do what.

use super::Role;
use crate::named_enum;

named_enum! {
    /// Something that a caller wants to do, at whichever endpoint.
    Operation {
        /// See vehicles: lists, counts, searches, exports, where and how they are, and live.
        ReadVehicles = "vehicles:read",
        /// Register vehicles, one by one or by import.
        CreateVehicles = "vehicles:create",
        /// Change what is known of a vehicle.
        UpdateVehicles = "vehicles:update",
        /// Delete vehicles, and restore deleted ones.
        DeleteVehicles = "vehicles:delete",
        /// Enable and disable vehicles, and set their status.
        OperateVehicles = "vehicles:operate",
        /// See groups.
        ReadGroups = "groups:read",
        /// Make, rename and delete groups, and say which vehicles are in them.
        ManageGroups = "groups:manage",
        /// See organisations.
        ReadOrganizations = "organizations:read",
        /// Make, rename and delete organisations.
        ManageOrganizations = "organizations:manage",
        /// See users and what they are granted.
        ReadUsers = "users:read",
        /// Make, change and delete users, and grant and withdraw access.
        ManageUsers = "users:manage",
        /// See who changed what.
        ReadAudit = "audit:read",
        /// See oneself, see and end one's own sessions, change one's own password.
        ManageOwnAccount = "account:manage",
    }
}

/// The standing of a caller, on which its permissions depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// VIEWER.
    Viewer,
    /// OPERATOR.
    Operator,
    /// ADMIN of an organisation.
    OrganizationAdmin,
    /// ADMIN of all organisations.
    GlobalAdmin,
}

impl Standing {
    /// Every standing, the least first. Who stands higher may do what those below may.
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Operator,
        Self::OrganizationAdmin,
        Self::GlobalAdmin,
    ];

    /// The standing of a user of that role who belongs to an organisation, or to none. Only administrators who
    /// belong to none stand above all.
    #[must_use]
    pub const fn of(role: Role, belongs_to_organization: bool) -> Self {
        match (role, belongs_to_organization) {
            (Role::Viewer, _) => Self::Viewer,
            (Role::Operator, _) => Self::Operator,
            (Role::Admin, true) => Self::OrganizationAdmin,
            (Role::Admin, false) => Self::GlobalAdmin,
        }
    }

    /// Its name in documents and errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "VIEWER",
            Self::Operator => "OPERATOR",
            Self::OrganizationAdmin => "ADMIN of an organization",
            Self::GlobalAdmin => "ADMIN",
        }
    }
}

impl Operation {
    /// The least standing that may do it. **This is the table**; `docs/security.md` shows it, and tests try every
    /// cell of it at every endpoint.
    #[must_use]
    pub const fn needs(self) -> Standing {
        match self {
            Self::ReadVehicles | Self::ReadGroups | Self::ReadOrganizations | Self::ManageOwnAccount => {
                Standing::Viewer
            }
            Self::OperateVehicles => Standing::Operator,
            Self::CreateVehicles
            | Self::UpdateVehicles
            | Self::DeleteVehicles
            | Self::ManageGroups
            | Self::ReadUsers
            | Self::ManageUsers
            | Self::ReadAudit => Standing::OrganizationAdmin,
            Self::ManageOrganizations => Standing::GlobalAdmin,
        }
    }

    /// Whether somebody of that standing may do it, as far as its scope reaches.
    #[must_use]
    pub fn is_allowed_to(self, standing: Standing) -> bool {
        standing >= self.needs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_higher_may_do_what_those_below_may() {
        for &operation in Operation::ALL {
            let allowed: Vec<_> = Standing::ALL
                .iter()
                .map(|standing| operation.is_allowed_to(*standing))
                .collect();
            assert!(allowed.is_sorted(), "{operation}: {allowed:?}");
            assert!(allowed[3], "{operation} is allowed to nobody");
        }
    }

    #[test]
    fn only_an_administrator_without_organization_stands_above_all() {
        assert_eq!(Standing::of(Role::Admin, false), Standing::GlobalAdmin);
        assert_eq!(Standing::of(Role::Admin, true), Standing::OrganizationAdmin);
        assert_eq!(Standing::of(Role::Operator, false), Standing::Operator);
        assert_eq!(Standing::of(Role::Viewer, false), Standing::Viewer);
    }
}
