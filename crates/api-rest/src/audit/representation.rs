//! JSON representation of audit log entries.

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
    /// Id of the entry. Later entries have greater ids.
    #[schema(format = Uuid)]
    pub(crate) id: String,
    /// Time of the entry.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) at: OffsetDateTime,
    /// User who performed the action; null if the user is not known, for example after a failed log-in.
    #[schema(required, format = Uuid)]
    pub(crate) actor_id: Option<String>,
    /// Name of the user at the time of the action. After a log-in attempt with an unknown username, it is `unknown:`
    /// followed by a fingerprint of that username.
    #[schema(example = "ana.lopez")]
    pub(crate) actor_name: String,
    /// IP address of the client; null if it is not known.
    #[schema(required, example = "192.0.2.7")]
    pub(crate) address: Option<String>,
    /// Id of the request in the server's log; null if there was no request.
    #[schema(required)]
    pub(crate) request_id: Option<String>,
    /// Action that was performed.
    #[schema(value_type = words::AuditAction)]
    pub(crate) action: &'static str,
    /// Id of the vehicle, group, organisation, user, grant or session that the action concerns; null if there is none.
    #[schema(required, format = Uuid)]
    pub(crate) subject_id: Option<String>,
    /// Organisation that the action concerns; null if there is none.
    #[schema(required, format = Uuid)]
    pub(crate) organization_id: Option<String>,
    /// Previous values of the fields that changed; null if there are none.
    #[schema(required)]
    pub(crate) before: Option<Map<String, Value>>,
    /// New values of the fields that changed, or details of an action that changes nothing; null if there are none.
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
