//! What is published, for those that count what arrives.

use std::{sync::Arc, time::Duration};

use uuid::Uuid;

use super::Window;
use crate::publish_log::PublishLog;

/// What clients need to know to keep their books.
#[derive(Debug, Clone)]
pub struct Books {
    /// The vehicles by their numbers.
    pub ids: Arc<[Uuid]>,
    /// When each update was published.
    pub log: Arc<PublishLog>,
    /// Updates of this time count.
    pub window: Arc<Window>,
    /// Two updates of a vehicle within this time may be in the same interval.
    pub same_interval: Duration,
}
