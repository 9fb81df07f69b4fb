//! The representation of a user.

use domain::User;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, schemas::words, time::rfc3339};

/// Somebody who can log in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserDocument {
    /// Its identity, for ever.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// What it logs in with; unique, and in small letters.
    #[schema(example = "ana.lopez")]
    pub(crate) username: String,
    /// What it may do: ADMIN, OPERATOR or VIEWER.
    #[schema(value_type = words::Role)]
    pub(crate) role: &'static str,
    /// The organisation that it belongs to; null for those of the whole plant.
    #[schema(required, format = Uuid)]
    pub(crate) organization_id: Option<String>,
    /// Whether it may log in.
    pub(crate) is_enabled: bool,
    /// When it was made.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    /// When it was changed last.
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
