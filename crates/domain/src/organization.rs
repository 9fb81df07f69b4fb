//! Organisations (tenants).

use time::OffsetDateTime;

use crate::{id::OrganizationId, text::name};

name!(
    /// The name of an organisation.
    OrganizationName,
    100
);

/// To whom vehicles, groups and users belong. Every vehicle belongs to exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its identity, for ever.
    pub id: OrganizationId,
    /// Unique among all organisations.
    pub name: OrganizationName,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When its name was changed last.
    pub updated_at: OffsetDateTime,
}
