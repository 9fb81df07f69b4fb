//! The representation of an organisation.

use domain::Organization;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, time::rfc3339};

/// An organisation (tenant).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub(crate) struct OrganizationDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// What people call it; unique.
    #[schema(example = "Plant 2")]
    pub(crate) name: String,
    /// When it was made.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When its name was changed last.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

impl From<&Organization> for OrganizationDocument {
    fn from(organization: &Organization) -> Self {
        Self {
            id: organization.id.to_string(),
            name: organization.name.to_string(),
            created_at: organization.created_at,
            updated_at: organization.updated_at,
        }
    }
}

pages! {
    /// A page of organisations.
    OrganizationPage of OrganizationDocument;
}
