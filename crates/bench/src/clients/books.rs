//! State that all clients share for the accounting of updates: vehicles, publication times, measured time.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::Window;
use crate::publish_log::PublishLog;

/// Data that clients need for their accounting.
#[derive(Debug, Clone)]
pub(crate) struct Books {
    /// Ids of the vehicles, by their numbers.
    pub ids: Arc<[Uuid]>,
    /// Publication times of all updates.
    pub log: Arc<PublishLog>,
    /// Time range of the updates that are counted.
    pub window: Arc<Window>,
    /// Longest time between two updates of a vehicle that may fall into the same delivery interval.
    pub same_interval: Duration,
}
