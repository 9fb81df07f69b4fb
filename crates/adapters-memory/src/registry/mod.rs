//! The registry: organisations, groups, vehicles, users with what they were granted and their sessions, the log of what
//! happens to these, and who did it.

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

/// The registry of this process. It begins with the default organisation and nothing else. Clones share everything.
///
/// Of the audit log it keeps the newest 100,000 entries.
#[derive(Debug, Clone)]
pub struct MemoryRegistry {
    state: Arc<RwLock<State>>,
}

impl MemoryRegistry {
    /// An empty registry.
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
