//! JSON representation of groups.

use domain::Group;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, time::rfc3339};

/// A group of vehicles that belong to one organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Group)]
pub(crate) struct GroupDocument {
    /// Id of the group. It never changes.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Name of the group, unique within its organisation.
    #[schema(example = "Night shift")]
    pub(crate) name: String,
    /// Organisation that the group and its vehicles belong to.
    #[schema(format = Uuid)]
    pub(crate) organization_id: String,
    /// Time of creation.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// Time of the last change of the name.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

impl From<&Group> for GroupDocument {
    fn from(group: &Group) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name.to_string(),
            organization_id: group.organization_id.to_string(),
            created_at: group.created_at,
            updated_at: group.updated_at,
        }
    }
}

pages! {
    /// A page of groups.
    GroupPage of GroupDocument;
}
