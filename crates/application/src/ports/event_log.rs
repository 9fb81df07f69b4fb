use std::time::Duration;

use async_trait::async_trait;

use crate::{
    error::Result,
    registry::{RegistryEvent, Sequence},
};

/// Result of reading the log from a given position.
#[derive(Debug, Clone, PartialEq)]
pub enum NextEvents {
    /// The events that follow, in order and without a gap; empty when the reader is up to date.
    Events(Vec<RegistryEvent>),
    /// The events that follow are not available: they have been deleted or cannot be read, or the reader's position is
    /// beyond the end of the log, as after restoring a backup. The reader must read the whole registry, and continue
    /// from [`EventLog::position`].
    Lost,
}

/// The log of the registry: every change that servers must be notified of, written in the same transaction as the
/// change itself.
///
/// Events are numbered without gaps. The events of one vehicle are in the order in which they happened. A reader that
/// passes the number of the last event that it has applied receives each later event exactly once.
///
/// A number must become visible only after all lower ones. Commit order differs from the order in which transactions
/// start, so numbers that are assigned within the writing transaction don't satisfy this. Every method may return
/// [`crate::Error::Unavailable`] when the log is unreachable.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Returns the number of the newest event; [`Sequence::START`] if there has been none. A registry that is read
    /// after this call includes the effects of all events up to this number.
    async fn position(&self) -> Result<Sequence>;

    /// Returns the events after `after`, at most [`EVENTS_AT_ONCE`] of them. Events that were committed before this
    /// call are included, in their order.
    async fn read_after(&self, after: Sequence) -> Result<NextEvents>;

    /// Deletes events that are older than `age`, except for the newest event, which preserves the position of the log.
    async fn forget_older_than(&self, age: Duration) -> Result<()>;
}

/// Maximum number of events that [`EventLog::read_after`] returns.
pub const EVENTS_AT_ONCE: usize = 1_000;
