//! What a user was given to see.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Role, Standing};
use crate::{
    id::{GrantId, GroupId, OrganizationId, UserId, VehicleId},
    named_enum,
};

named_enum! {
    /// The ceiling of a grant: the most that it allows, whatever the user's own role is.
    #[derive(Default)]
    GrantRole {
        /// To enable, disable and set the status of vehicles, if the user's role allows it too.
        Operator = "OPERATOR",
        /// To look.
        #[default]
        Viewer = "VIEWER",
    }
}

impl GrantRole {
    /// The standing that a user of this role has where a grant with this ceiling reaches: the lower of both.
    /// Administrators need no grants, so none limits them.
    #[must_use]
    pub fn limit(self, role: Role) -> Standing {
        let ceiling = match self {
            Self::Operator => Standing::Operator,
            Self::Viewer => Standing::Viewer,
        };
        Standing::of(role, true).min(ceiling)
    }
}

/// The target of a grant and its ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantTerms {
    /// The target.
    pub target: GrantTarget,
    /// The most that it allows.
    pub role: GrantRole,
}

impl GrantTerms {
    /// A grant to look at something.
    #[must_use]
    pub const fn to_view(target: GrantTarget) -> Self {
        Self {
            target,
            role: GrantRole::Viewer,
        }
    }

    /// A grant to operate vehicles, for users whose role allows it.
    #[must_use]
    pub const fn to_operate(target: GrantTarget) -> Self {
        Self {
            target,
            role: GrantRole::Operator,
        }
    }
}

/// What a grant opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantTarget {
    /// All vehicles of an organisation, the future ones too.
    Organization(OrganizationId),
    /// All vehicles that are in a group, as they come and go.
    Group(GroupId),
    /// One vehicle.
    Vehicle(VehicleId),
}

impl GrantTarget {
    /// The id of what it opens, of whichever kind.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        match self {
            Self::Organization(id) => id.as_uuid(),
            Self::Group(id) => id.as_uuid(),
            Self::Vehicle(id) => id.as_uuid(),
        }
    }
}

/// That a user sees something, and may do with it what the lower of its role and the grant's allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its identity, for ever.
    pub id: GrantId,
    /// Who.
    pub user_id: UserId,
    /// What.
    pub target: GrantTarget,
    /// The most that it allows.
    pub role: GrantRole,
    /// Since when.
    pub created_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_of_role_and_ceiling_counts() {
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
    fn a_grant_allows_no_more_than_to_look_by_default() {
        assert_eq!(GrantRole::default(), GrantRole::Viewer);
    }
}
