//! Use cases about the level of this server's log, one file each, and the task that restores the configured level.

mod change;
mod fall_back;
mod get;

use std::sync::Arc;

use time::OffsetDateTime;
use tokio::{
    sync::{Mutex, watch},
    time::Instant,
};

use crate::ports::{AuditLog, Clock, LogControl, Ports};

pub use change::{InvalidHoldTime, LogLevelChange};

/// The level of this server's log. A change ends after a stated time, so that a level that fills the disk is not
/// forgotten.
pub struct LogLevel {
    control: Arc<dyn LogControl>,
    audit: Arc<dyn AuditLog>,
    clock: Arc<dyn Clock>,
    /// Held from the entry in the audit log until the change applies, so that entries and changes have the same order.
    turn: Mutex<()>,
    /// The end of the change in effect; `None` while the configured level applies.
    end: watch::Sender<Option<End>>,
}

#[derive(Debug, Clone, Copy)]
struct End {
    /// The time by the wall clock, for callers.
    at: OffsetDateTime,
    /// The time by the monotonic clock, which is unaffected when the wall clock is set.
    deadline: Instant,
}

/// The level in effect. Levels may be filters by module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevelStatus {
    /// The level in effect.
    pub level: String,
    /// The level that the configuration sets.
    pub configured: String,
    /// Time at which the configured level is restored; `None` while it applies.
    pub until: Option<OffsetDateTime>,
}

impl LogLevel {
    #[must_use]
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            control: Arc::clone(&ports.log_control),
            audit: Arc::clone(&ports.audit),
            clock: Arc::clone(&ports.clock),
            turn: Mutex::new(()),
            end: watch::Sender::new(None),
        }
    }

    fn status(&self) -> LogLevelStatus {
        LogLevelStatus {
            level: self.control.current(),
            configured: self.control.configured(),
            until: self.end.borrow().map(|end| end.at),
        }
    }
}
