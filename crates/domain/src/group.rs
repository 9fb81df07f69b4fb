//! Groups of vehicles.

use time::OffsetDateTime;

use crate::{
    id::{GroupId, OrganizationId},
    text::name,
};

name!(
    /// The name of a group of vehicles.
    GroupName,
    100
);

/// Vehicles of one organisation that people handle together, such as those of one hall. A vehicle may be in any
/// number of groups of its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its identity, for ever.
    pub id: GroupId,
    /// The organisation whose vehicles it has.
    pub organization_id: OrganizationId,
    /// Unique in its organisation.
    pub name: GroupName,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When its name was changed last.
    pub updated_at: OffsetDateTime,
}
