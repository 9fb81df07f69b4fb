//! Who did what: what is written down of a change, in the words of the customer, and who may read it.

mod author;
mod facts;
mod list;
mod record;
mod refusals;

use domain::{AuditAction, AuditId, OrganizationId, UserId};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use uuid::Uuid;

pub use author::Author;
pub use list::{AuditQuery, ListAudit};
pub use record::{AuditRecord, LogInFailure};
pub use refusals::{NoteRefusals, RefusalWriter};

/// Some fields of a thing in the words of the log, which is read for years: a name that an API gives up stays here.
pub type Facts = Map<String, Value>;

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its identity; later ones are greater.
    pub id: AuditId,
    /// When it was written.
    pub at: OffsetDateTime,
    /// Who did it; none when nobody was known, as at a log-in that failed.
    pub actor_id: Option<UserId>,
    /// The name of who did it at that time; at a log-in with a name that no user has, `unknown:` and a mark of that name.
    pub actor_name: String,
    /// From which address, as text.
    pub address: Option<String>,
    /// How logs know the request.
    pub request_id: Option<String>,
    /// What was done.
    pub action: AuditAction,
    /// To what.
    pub subject_id: Option<Uuid>,
    /// The organisation that it concerns.
    pub organization_id: Option<OrganizationId>,
    /// What was, as far as it is not any more.
    pub before: Option<Facts>,
    /// What is, as far as it was not before.
    pub after: Option<Facts>,
}
