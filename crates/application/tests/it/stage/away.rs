use std::collections::HashMap;

use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{
        Collision, Mode, PositionStore, Registration, VehicleFilter, VehiclePlace, VehicleRepository,
        VehicleSort,
    },
};
use async_trait::async_trait;
use domain::{
    AccessScope, OrganizationId, VehicleId,
    telemetry::VehiclePosition,
    vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};
use time::OffsetDateTime;

/// A store of positions and a registry that are always unavailable.
pub(crate) struct Away;

fn away<T>() -> Result<T> {
    Err(Error::unavailable("it", "connection refused"))
}

#[async_trait]
impl PositionStore for Away {
    async fn get_position(&self, _: VehicleId) -> Result<Option<VehiclePosition>> {
        away()
    }

    async fn set_position(&self, _: VehicleId, _: &VehiclePosition) -> Result<bool> {
        away()
    }

    async fn get_positions(&self, _: &[VehicleId]) -> Result<HashMap<VehicleId, VehiclePosition>> {
        away()
    }

    async fn get_all_active_positions(&self) -> Result<HashMap<VehicleId, VehiclePosition>> {
        away()
    }
}

#[async_trait]
impl VehicleRepository for Away {
    async fn find_by_ids(&self, _: &AccessScope, _: &[VehicleId]) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn find_by_id(&self, _: &AccessScope, _: VehicleId) -> Result<Option<Vehicle>> {
        away()
    }

    async fn find_all(
        &self,
        _: &AccessScope,
        _: &VehicleFilter,
        _: VehicleSort,
        _: &PageRequest<VehiclePlace>,
    ) -> Result<Page<Vehicle>> {
        away()
    }

    async fn count(&self, _: &AccessScope, _: &VehicleFilter) -> Result<u64> {
        away()
    }

    async fn find_by_type(&self, _: &AccessScope, _: VehicleType, _: u32) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn find_enabled_vehicles(&self, _: &AccessScope, _: u32) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn create_all(
        &self,
        _: &Actor,
        _: OrganizationId,
        _: Vec<Registration>,
        _: Mode,
    ) -> Result<Result<Vec<Vehicle>, Vec<Collision>>> {
        away()
    }

    async fn create(&self, _: &Actor, _: OrganizationId, _: VehicleDraft) -> Result<Vehicle> {
        away()
    }

    async fn update(
        &self,
        _: &Actor,
        _: VehicleId,
        _: Option<Version>,
        _: VehicleChanges,
    ) -> Result<Vehicle> {
        away()
    }

    async fn delete(&self, _: &Actor, _: VehicleId, _: Option<Version>) -> Result<Vehicle> {
        away()
    }

    async fn restore(&self, _: &Actor, _: VehicleId) -> Result<Vehicle> {
        away()
    }

    async fn set_enabled(&self, _: &Actor, _: &[VehicleId], _: bool) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn delete_all(&self, _: &Actor, _: &[VehicleId]) -> Result<Vec<Vehicle>> {
        away()
    }

    async fn record_statuses(&self, _: &[(VehicleId, VehicleStatus)]) -> Result<OffsetDateTime> {
        away()
    }

    async fn load_all(&self) -> Result<Vec<Vehicle>> {
        away()
    }
}
