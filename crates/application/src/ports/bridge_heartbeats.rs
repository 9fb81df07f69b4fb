use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;

/// Maximum number of heartbeats that are read.
pub const MAX_BRIDGES: usize = 100;

/// Maximum length of a heartbeat that is read in full, in bytes.
pub const MAX_HEARTBEAT_BYTES: usize = 256 << 10;

/// A stored heartbeat of a bridge. It can contain anything, because other programs write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHeartbeat {
    /// Name of the bridge.
    pub name: Vec<u8>,
    /// Content, cut after [`MAX_HEARTBEAT_BYTES`] + 1 bytes; `None` if it is not a string.
    pub content: Option<Vec<u8>>,
    /// Remaining lifetime; `None` if the heartbeat never expires.
    pub expires_in: Option<Duration>,
}

/// The heartbeats that a store contains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredHeartbeats {
    /// Up to [`MAX_BRIDGES`] heartbeats, ordered by name.
    pub heartbeats: Vec<StoredHeartbeat>,
    /// Whether there may be others, because there are too many of them, or too many keys to search in time.
    pub is_cut: bool,
}

/// The heartbeats of the bridges that publish the messages from ROS 2 and VDA 5050 robots on the bus. A heartbeat
/// expires unless its bridge renews it.
#[async_trait]
pub trait BridgeHeartbeats: Send + Sync {
    /// Reads all heartbeats. The cost may grow with the number of keys in the store, so callers limit the rate.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store is unreachable.
    async fn read(&self) -> Result<StoredHeartbeats>;
}
