//! Who did what: refusals are written down, and the log is read.

mod list;
mod refusals;

pub use list::{AuditQuery, ListAudit};
pub use refusals::{NoteRefusals, RefusalWriter};
