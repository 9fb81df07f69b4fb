//! Groups of vehicles.

use time::OffsetDateTime;

use crate::{
    id::{GroupId, OrganizationId},
    text::name,
};

name!(
    /// Name of a group of vehicles.
    GroupName,
    100
);

/// Group of vehicles of one organisation, such as the vehicles in one hall. A vehicle may be in any number of groups of
/// its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Id of the group. It never changes.
    pub id: GroupId,
    /// Organisation to which the group and its vehicles belong.
    pub organization_id: OrganizationId,
    /// Name of the group, unique within its organisation.
    pub name: GroupName,
    /// Time of creation.
    pub created_at: OffsetDateTime,
    /// Time when the name was last changed.
    pub updated_at: OffsetDateTime,
}
