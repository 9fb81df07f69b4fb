//! JSON representation of organisations.

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
    /// Id of the organisation. It never changes.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Name of the organisation, unique among all organisations.
    #[schema(example = "Plant 2")]
    pub(crate) name: String,
    /// Time of creation.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// Time of the last change of the name.
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
