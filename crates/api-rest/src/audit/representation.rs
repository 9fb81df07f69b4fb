//! The representation of an entry of the audit log.

use application::ports::AuditEntry;
use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{listing::pages, schemas::words, time::rfc3339};

/// An entry of the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub(crate) struct AuditDocument {
    /// Its identity; later ones are greater.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// When it was written.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) at: OffsetDateTime,
    /// Who did it; null when nobody was known, as at a log-in that failed.
    #[schema(required, format = Uuid)]
    pub(crate) actor_id: Option<String>,
    /// The name of who did it at that time; at a log-in with a name that no user has, `unknown:` and a mark of that name.
    #[schema(example = "ana.lopez")]
    pub(crate) actor_name: String,
    /// From which address.
    #[schema(required, example = "192.0.2.7")]
    pub(crate) address: Option<String>,
    /// Names the request in the server's log.
    #[schema(required)]
    pub(crate) request_id: Option<String>,
    /// What was done.
    #[schema(value_type = words::AuditAction)]
    pub(crate) action: &'static str,
    /// To what: the id of a vehicle, group, organisation, user, grant or session.
    #[schema(required, format = Uuid)]
    pub(crate) subject_id: Option<String>,
    /// The organisation that it concerns.
    #[schema(required, format = Uuid)]
    pub(crate) organization_id: Option<String>,
    /// What was, as far as it is not any more.
    #[schema(required)]
    pub(crate) before: Option<Map<String, Value>>,
    /// What is, as far as it was not before.
    #[schema(required)]
    pub(crate) after: Option<Map<String, Value>>,
}

impl From<&AuditEntry> for AuditDocument {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at,
            actor_id: entry.actor_id.map(|id| id.to_string()),
            actor_name: entry.actor_name.clone(),
            address: entry.address.clone(),
            request_id: entry.request_id.clone(),
            action: entry.action.as_str(),
            subject_id: entry.subject_id.map(|id| id.to_string()),
            organization_id: entry.organization_id.map(|id| id.to_string()),
            before: entry.before.clone(),
            after: entry.after.clone(),
        }
    }
}

pages! {
    /// A page of the audit log.
    AuditPage of AuditDocument;
}
