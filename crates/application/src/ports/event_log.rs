use std::time::Duration;

use async_trait::async_trait;

use crate::{
    error::Result,
    registry::{RegistryEvent, Sequence},
};

/// What comes next in the log for one who reads it.
#[derive(Debug, Clone, PartialEq)]
pub enum NextEvents {
    /// The events that follow, in order, without a gap; none when the reader is up to date.
    Events(Vec<RegistryEvent>),
    /// The next ones are no longer kept; or the reader knows of more events than there are, as after a restored
    /// backup. It has to look at the registry itself, and go on from [`EventLog::position`].
    Lost,
}

/// The log of the registry: what others must hear of, written in the same step as the change that it tells of.
///
/// Events have numbers without gaps. Those of one vehicle come in the order in which they happened. A reader
/// that knows the number of the last event that it has applied hears each later one exactly once.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The number of the newest event; [`Sequence::START`] before the first.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the log is away.
    async fn position(&self) -> Result<Sequence>;

    /// The events after `after`, at most [`EVENTS_AT_ONCE`] of them: everything that had been committed when
    /// this was called is in its place.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the log is away.
    async fn read_after(&self, after: Sequence) -> Result<NextEvents>;

    /// Forgets events that are older than `age`; the newest one is always kept.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the log is away.
    async fn forget_older_than(&self, age: Duration) -> Result<()>;
}

/// How many events [`EventLog::read_after`] gives at most.
pub const EVENTS_AT_ONCE: usize = 1_000;
