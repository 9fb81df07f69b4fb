//! JSON representation of grants.

use domain::{Grant, GrantTarget};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, schemas::words, time::rfc3339};

/// Access of a user to vehicles. The user may do what both the user's role and the role of the grant allow. Exactly one
/// of `organizationId`, `groupId` and `vehicleId` is not null.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Grant)]
pub(crate) struct GrantDocument {
    /// Id of the grant. It never changes.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// User who has the access.
    #[schema(format = Uuid)]
    pub(crate) user_id: String,
    /// Organisation whose vehicles the grant covers.
    #[schema(required, format = Uuid)]
    pub(crate) organization_id: Option<String>,
    /// Group whose vehicles the grant covers.
    #[schema(required, format = Uuid)]
    pub(crate) group_id: Option<String>,
    /// Vehicle that the grant covers.
    #[schema(required, format = Uuid)]
    pub(crate) vehicle_id: Option<String>,
    /// Maximum role that the grant allows, regardless of the user's role: VIEWER or OPERATOR.
    #[schema(value_type = words::GrantRole)]
    pub(crate) role: &'static str,
    /// Time when access was granted.
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
