//! Grants: access of users to vehicles.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Role, Standing};
use crate::{
    id::{GrantId, GroupId, OrganizationId, UserId, VehicleId},
    named_enum,
};

named_enum! {
    /// Ceiling of a grant: the highest role that it allows, regardless of the user's own role.
    #[derive(Default)]
    GrantRole {
        /// Also allows enabling and disabling vehicles and setting their status, if the user's role allows it too.
        Operator = "OPERATOR",
        /// Allows reading vehicles.
        #[default]
        Viewer = "VIEWER",
    }
}

impl GrantRole {
    /// Returns the standing of an operator or viewer on the vehicles of a grant with this ceiling: the lower of the
    /// role and the ceiling. The result has no meaning for administrators, whom grants do not limit.
    #[must_use]
    pub fn limit(self, role: Role) -> Standing {
        let ceiling = match self {
            Self::Operator => Standing::Operator,
            Self::Viewer => Standing::Viewer,
        };
        Standing::of(role, true).min(ceiling)
    }
}

/// Target and ceiling of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantTerms {
    /// Vehicles that the grant covers.
    pub target: GrantTarget,
    /// Highest role that the grant allows.
    pub role: GrantRole,
}

impl GrantTerms {
    /// Returns the terms of a grant for viewing vehicles.
    #[must_use]
    pub const fn to_view(target: GrantTarget) -> Self {
        Self {
            target,
            role: GrantRole::Viewer,
        }
    }

    /// Returns the terms of a grant for operating vehicles, which also requires a role that allows it.
    #[must_use]
    pub const fn to_operate(target: GrantTarget) -> Self {
        Self {
            target,
            role: GrantRole::Operator,
        }
    }
}

/// Vehicles that a grant covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantTarget {
    /// All current and future vehicles of an organisation.
    Organization(OrganizationId),
    /// All vehicles of a group, each for as long as it is in the group.
    Group(GroupId),
    /// One vehicle.
    Vehicle(VehicleId),
}

impl GrantTarget {
    /// Returns the id of the organisation, group or vehicle.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        match self {
            Self::Organization(id) => id.as_uuid(),
            Self::Group(id) => id.as_uuid(),
            Self::Vehicle(id) => id.as_uuid(),
        }
    }
}

/// Access of a user to vehicles. The user may perform the operations that are allowed by both the user's own role and
/// the role of the grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Id of the grant. It never changes.
    pub id: GrantId,
    /// User to whom access is granted.
    pub user_id: UserId,
    /// Vehicles that the grant covers.
    pub target: GrantTarget,
    /// Highest role that the grant allows.
    pub role: GrantRole,
    /// Time when access was granted.
    pub created_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_of_role_and_ceiling_applies() {
        for (role, ceiling, expected) in [
            (Role::Viewer, GrantRole::Viewer, Standing::Viewer),
            (Role::Viewer, GrantRole::Operator, Standing::Viewer),
            (Role::Operator, GrantRole::Viewer, Standing::Viewer),
            (Role::Operator, GrantRole::Operator, Standing::Operator),
        ] {
            assert_eq!(ceiling.limit(role), expected, "{role} {ceiling}");
        }
    }

    #[test]
    fn the_default_role_of_a_grant_is_viewer() {
        assert_eq!(GrantRole::default(), GrantRole::Viewer);
    }
}
