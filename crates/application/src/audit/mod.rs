//! Use cases about the audit log, and the recording of refused operations.

mod list;
mod refusals;

use std::sync::Arc;

use crate::ports::{AuditLog, Ports};

pub use list::AuditQuery;
pub use refusals::{NoteRefusals, RefusalWriter};

pub struct Audit {
    log: Arc<dyn AuditLog>,
}

impl Audit {
    #[must_use]
    pub fn new(ports: &Ports) -> Self {
        let log = Arc::clone(&ports.audit);
        Self { log }
    }
}
