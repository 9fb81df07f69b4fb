//! The permission table: operations, and the standing that each of them requires.

use super::Role;
use crate::named_enum;

named_enum! {
    /// Operation that callers can perform through the APIs.
    Operation {
        /// Reading vehicles: lists, counts, searches, exports, positions, states and subscriptions.
        ReadVehicles = "vehicles:read",
        /// Registering vehicles, one by one or by import.
        CreateVehicles = "vehicles:create",
        /// Changing the data of vehicles.
        UpdateVehicles = "vehicles:update",
        /// Deleting vehicles, and restoring deleted ones.
        DeleteVehicles = "vehicles:delete",
        /// Enabling and disabling vehicles, and setting their status.
        OperateVehicles = "vehicles:operate",
        /// Reading groups.
        ReadGroups = "groups:read",
        /// Creating, renaming and deleting groups, and changing the vehicles in them.
        ManageGroups = "groups:manage",
        /// Reading organisations.
        ReadOrganizations = "organizations:read",
        /// Creating, renaming and deleting organisations.
        ManageOrganizations = "organizations:manage",
        /// Reading users and their grants.
        ReadUsers = "users:read",
        /// Creating, changing and deleting users, and granting and withdrawing access.
        ManageUsers = "users:manage",
        /// Reading the audit log.
        ReadAudit = "audit:read",
        /// Reading the dead letters: rejected messages from robots.
        ReadDeadLetters = "deadLetters:read",
        /// Replaying and dropping dead letters.
        ManageDeadLetters = "deadLetters:manage",
        /// Clearing the cache of positions and states on a server.
        ClearCache = "cache:clear",
        /// Reading and changing a server's log level.
        ManageLogLevel = "logs:manage",
        /// Reading one's own user data, listing and ending one's own sessions, and changing one's own password.
        ManageOwnAccount = "account:manage",
    }
}

/// Standing of a caller. It is derived from the caller's role and organisation, and determines the caller's
/// permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Caller with the role VIEWER.
    Viewer,
    /// Caller with the role OPERATOR.
    Operator,
    /// Caller with the role ADMIN who belongs to an organisation.
    OrganizationAdmin,
    /// Caller with the role ADMIN who belongs to no organisation.
    GlobalAdmin,
}

impl Standing {
    /// All standings, lowest first. A higher standing includes the permissions of the lower ones.
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Operator,
        Self::OrganizationAdmin,
        Self::GlobalAdmin,
    ];

    /// Returns the standing of a user with this role. Administrators who belong to no organisation administer all
    /// organisations.
    #[must_use]
    pub const fn of(role: Role, belongs_to_organization: bool) -> Self {
        match (role, belongs_to_organization) {
            (Role::Viewer, _) => Self::Viewer,
            (Role::Operator, _) => Self::Operator,
            (Role::Admin, true) => Self::OrganizationAdmin,
            (Role::Admin, false) => Self::GlobalAdmin,
        }
    }

    /// Returns the name that `docs/security.md` uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "VIEWER",
            Self::Operator => "OPERATOR",
            Self::OrganizationAdmin => "ADMIN of an organisation",
            Self::GlobalAdmin => "ADMIN",
        }
    }

    /// Returns what a caller with a lower standing lacks, for error messages: the role, and any further requirement.
    #[must_use]
    pub const fn requirement(self) -> &'static str {
        match self {
            Self::Viewer => "the role VIEWER",
            Self::Operator => "the role OPERATOR",
            Self::OrganizationAdmin => "the role ADMIN",
            Self::GlobalAdmin => "the role ADMIN without an organisation",
        }
    }
}

impl Operation {
    /// Returns the lowest standing that may perform the operation. **This is the permission table.** `docs/security.md`
    /// documents it, and tests check every cell at every endpoint.
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
            | Self::ReadAudit
            | Self::ReadDeadLetters
            | Self::ManageDeadLetters
            | Self::ClearCache => Standing::OrganizationAdmin,
            Self::ManageOrganizations | Self::ManageLogLevel => Standing::GlobalAdmin,
        }
    }

    /// Returns `true` if a caller with this standing may perform the operation within the caller's scope.
    #[must_use]
    pub fn is_allowed_to(self, standing: Standing) -> bool {
        standing >= self.needs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_standing_includes_the_lower_ones() {
        for &operation in Operation::ALL {
            let allowed: Vec<_> = Standing::ALL
                .iter()
                .map(|standing| operation.is_allowed_to(*standing))
                .collect();
            assert!(allowed.is_sorted(), "{operation}: {allowed:?}");
            assert!(allowed[3], "{operation} is not allowed to anyone");
        }
    }

    #[test]
    fn no_caller_is_asked_for_what_it_has() {
        for &operation in Operation::ALL {
            for standing in Standing::ALL
                .into_iter()
                .filter(|it| !operation.is_allowed_to(*it))
            {
                let needed = operation.needs();
                assert_ne!(needed.requirement(), standing.requirement(), "{operation}");
            }
        }
        let needed = Operation::ManageLogLevel.needs().requirement();
        assert_eq!(needed, "the role ADMIN without an organisation");
    }

    #[test]
    fn only_an_administrator_without_organization_is_a_global_administrator() {
        assert_eq!(Standing::of(Role::Admin, false), Standing::GlobalAdmin);
        assert_eq!(Standing::of(Role::Admin, true), Standing::OrganizationAdmin);
        assert_eq!(Standing::of(Role::Operator, false), Standing::Operator);
        assert_eq!(Standing::of(Role::Viewer, false), Standing::Viewer);
    }
}
