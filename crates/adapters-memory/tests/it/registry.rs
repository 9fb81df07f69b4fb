//! The registry in memory, as the contracts of its ports want it.

use adapters_memory::registry::MemoryRegistry;
use application::ports::{EventLog, GroupRepository, OrganizationRepository, VehicleRepository};
use testkit::contracts::registry::Registry;

pub struct InMemory(MemoryRegistry);

impl InMemory {
    pub async fn fresh() -> Self {
        Self(MemoryRegistry::new())
    }
}

impl Registry for InMemory {
    fn vehicles(&self) -> &dyn VehicleRepository {
        &self.0
    }

    fn groups(&self) -> &dyn GroupRepository {
        &self.0
    }

    fn organizations(&self) -> &dyn OrganizationRepository {
        &self.0
    }

    fn log(&self) -> &dyn EventLog {
        &self.0
    }
}
