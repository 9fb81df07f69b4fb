//! Stores of a test server. By default, they are in memory.

use std::sync::Arc;

use adapters_memory::{clock::SystemClock, live_keys::MemoryLiveStore, registry::MemoryRegistry};
use application::ports::Ports;
use test_application::staff::Staff;

#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) ports: Ports,
    /// Registry that contains the users.
    pub(crate) registry: Arc<MemoryRegistry>,
    pub(crate) staff: Arc<Staff>,
}

impl Default for Stores {
    fn default() -> Self {
        let (registry, live) = (
            Arc::new(MemoryRegistry::new()),
            Arc::new(MemoryLiveStore::default()),
        );
        Self {
            staff: Arc::new(Staff::of(registry.clone())),
            ports: adapters_memory::ports(Arc::new(SystemClock::start()), registry.clone(), live),
            registry,
        }
    }
}

impl Stores {
    /// Replaces some of the ports.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Ports)) -> Self {
        change(&mut self.ports);
        self
    }
}
