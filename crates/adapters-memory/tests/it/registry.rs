//! The registry in memory, as required by the contracts of its ports.

use adapters_memory::registry::MemoryRegistry;
use application::ports::{
    AuditLog, EventLog, GrantRepository, GroupRepository, OrganizationRepository, SessionRepository,
    UserRepository, VehicleRepository,
};
use port_contracts::registry::Registry;

pub(crate) struct InMemory(MemoryRegistry);

impl InMemory {
    pub(crate) async fn fresh() -> Self {
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

    fn users(&self) -> &dyn UserRepository {
        &self.0
    }

    fn grants(&self) -> &dyn GrantRepository {
        &self.0
    }

    fn sessions(&self) -> &dyn SessionRepository {
        &self.0
    }

    fn audit(&self) -> &dyn AuditLog {
        &self.0
    }

    fn log(&self) -> &dyn EventLog {
        &self.0
    }
}
