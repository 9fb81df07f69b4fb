//! JSON representation of users.

use domain::User;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, schemas::words, time::rfc3339};

/// A user.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserDocument {
    /// Id of the user. It never changes.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Name to log in with: unique, and in lower case.
    #[schema(example = "ana.lopez")]
    pub(crate) username: String,
    /// Role of the user: ADMIN, OPERATOR or VIEWER.
    #[schema(value_type = words::Role)]
    pub(crate) role: &'static str,
    /// Organisation that the user belongs to; null if there is none.
    #[schema(required, format = Uuid)]
    pub(crate) organization_id: Option<String>,
    /// Whether the user can log in.
    pub(crate) is_enabled: bool,
    /// Time of creation.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// Time of the last change.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) updated_at: OffsetDateTime,
}

impl From<&User> for UserDocument {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            username: user.username.to_string(),
            role: user.role.as_str(),
            organization_id: user.organization_id.map(|id| id.to_string()),
            is_enabled: user.is_enabled,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

pages! {
    /// A page of users.
    UserPage of UserDocument;
}
