//! Organisations (tenants).

use time::OffsetDateTime;

use crate::{id::OrganizationId, text::name};

name!(
    /// Name of an organisation.
    OrganizationName,
    100
);

/// Owner (tenant) of vehicles, groups and users. Every vehicle belongs to exactly one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Id of the organisation. It never changes.
    pub id: OrganizationId,
    /// Name, unique among all organisations.
    pub name: OrganizationName,
    /// Time of creation.
    pub created_at: OffsetDateTime,
    /// Time when the name was last changed.
    pub updated_at: OffsetDateTime,
}
