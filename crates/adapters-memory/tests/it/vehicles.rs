//! The registry in memory, against the contract of its port.

use adapters_memory::vehicles::MemoryVehicleRepository;
use application::ports::VehicleRepository;
use async_trait::async_trait;
use domain::OrganizationId;
use testkit::{contracts::vehicle_repository::Registry, vehicle_repository_contract};
use uuid::Uuid;

struct InMemory(MemoryVehicleRepository);

impl InMemory {
    async fn fresh() -> Self {
        Self(MemoryVehicleRepository::new())
    }
}

#[async_trait]
impl Registry for InMemory {
    fn vehicles(&self) -> &dyn VehicleRepository {
        &self.0
    }

    async fn add_organization(&self) -> OrganizationId {
        let id = OrganizationId::from_uuid(Uuid::now_v7());
        self.0.add_organization(id);
        id
    }
}

vehicle_repository_contract!(InMemory::fresh);
