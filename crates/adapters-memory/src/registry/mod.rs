//! The registry: organisations, groups, vehicles, and the log of what happens to these.

mod groups;
mod log;
mod organizations;
mod state;
mod vehicles;

use std::sync::Arc;

use parking_lot::RwLock;

use self::state::State;

/// The registry of this process. It begins with the default organisation and nothing else. Clones share everything.
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
