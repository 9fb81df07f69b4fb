//! The representation of a grant.

use domain::{Grant, GrantTarget};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, schemas::words, time::rfc3339};

/// That a user sees something, and may do with it what the lower of its role and the grant's allows. Exactly one of the three ids is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Grant)]
pub(crate) struct GrantDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Who.
    #[schema(format = Uuid)]
    pub(crate) user_id: String,
    /// All vehicles of this organisation.
    #[schema(required, format = Uuid)]
    pub(crate) organization_id: Option<String>,
    /// All vehicles of this group.
    #[schema(required, format = Uuid)]
    pub(crate) group_id: Option<String>,
    /// This vehicle.
    #[schema(required, format = Uuid)]
    pub(crate) vehicle_id: Option<String>,
    /// The most that it allows, whatever the user's role: VIEWER or OPERATOR.
    #[schema(value_type = words::GrantRole)]
    pub(crate) role: &'static str,
    /// Since when.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
}

impl From<&Grant> for GrantDocument {
    fn from(grant: &Grant) -> Self {
        let mut document = Self {
            id: grant.id.to_string(),
            user_id: grant.user_id.to_string(),
            organization_id: None,
            group_id: None,
            vehicle_id: None,
            role: grant.role.as_str(),
            created_at: grant.created_at,
        };
        match grant.target {
            GrantTarget::Organization(id) => document.organization_id = Some(id.to_string()),
            GrantTarget::Group(id) => document.group_id = Some(id.to_string()),
            GrantTarget::Vehicle(id) => document.vehicle_id = Some(id.to_string()),
        }
        document
    }
}

pages! {
    /// A page of grants.
    GrantPage of GrantDocument;
}
