//! The registry: organisations, groups, vehicles, users with their grants and sessions, the log of changes, and the
//! audit log.

mod audit;
mod grants;
mod groups;
mod log;
mod organizations;
mod sessions;
mod state;
mod users;
mod vehicles;

use std::sync::Arc;

use parking_lot::RwLock;

use self::state::State;

/// Registry of this process. Initially it only has the default organisation. Clones share all data.
///
/// The audit log keeps the newest 100,000 entries.
#[derive(Debug, Clone)]
pub struct MemoryRegistry {
    state: Arc<RwLock<State>>,
}

impl MemoryRegistry {
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Arc::new(RwLock::new(State::new())),
        }
    }
}

impl Default for MemoryRegistry {
    fn default() -> Self {
        Self::new()
    }
}
