use std::time::Duration;

use async_trait::async_trait;

use crate::{
    error::Result,
    registry::{RegistryEvent, Sequence},
};

/// Result of [`EventLog::read_after`].
#[derive(Debug, Clone, PartialEq)]
pub enum NextEvents {
    /// The next events, in order and without gaps; empty if the reader is up to date.
    Events(Vec<RegistryEvent>),
    /// The next events are not available: they have been deleted or cannot be decoded, or the reader's position is
    /// beyond the end of the log, for example after a backup was restored. The reader must read the whole registry and
    /// continue from [`EventLog::position`].
    Lost,
}

/// The event log of the registry. It contains every change that servers must be notified of. Events are written in the
/// transaction of the change.
///
/// Events are numbered without gaps. The events about one vehicle are in the order in which they happened. A reader
/// that passes the number of the last event it has applied receives each later event exactly once.
///
/// A number must not become visible before all lower ones. Transactions don't commit in the order in which they start,
/// so numbers assigned within the writing transaction would violate this.
///
/// Every method may return [`crate::Error::Unavailable`] when the log is unreachable.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Returns the number of the newest event, or [`Sequence::START`] if there has been none. A read of the registry
    /// after this call includes the effects of all events up to this number.
    async fn position(&self) -> Result<Sequence>;

    /// Returns up to [`EVENTS_AT_ONCE`] events that follow number `after`. Events that were committed before this call
    /// are not skipped.
    async fn read_after(&self, after: Sequence) -> Result<NextEvents>;

    /// Deletes events that are older than `age`, without leaving gaps. The newest event is kept.
    async fn forget_older_than(&self, age: Duration) -> Result<()>;
}

/// Maximum number of events that [`EventLog::read_after`] returns.
pub const EVENTS_AT_ONCE: usize = 1_000;
