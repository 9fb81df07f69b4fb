//! The audit log: refusals are written down, and administrators read it.

mod list;
mod refusals;

use std::sync::Arc;

use crate::ports::{AuditLog, Ports};

pub use list::AuditQuery;
pub use refusals::{NoteRefusals, RefusalWriter};

/// The use cases about the audit log.
pub struct Audit {
    log: Arc<dyn AuditLog>,
}

impl Audit {
    /// The audit log of a registry.
    #[must_use]
    pub fn new(ports: &Ports) -> Self {
        let log = Arc::clone(&ports.audit);
        Self { log }
    }
}
