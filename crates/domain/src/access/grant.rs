//! What a user was given to see.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::id::{GrantId, GroupId, OrganizationId, UserId, VehicleId};

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

/// That a user sees something, and may do with it what its role allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its identity, for ever.
    pub id: GrantId,
    /// Who.
    pub user_id: UserId,
    /// What.
    pub target: GrantTarget,
    /// Since when.
    pub created_at: OffsetDateTime,
}
