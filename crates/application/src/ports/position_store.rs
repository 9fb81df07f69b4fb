use std::collections::HashMap;

use async_trait::async_trait;
use domain::{VehicleId, telemetry::VehiclePosition};

use crate::error::Result;

/// The newest position of each vehicle, shared by all servers.
#[async_trait]
pub trait PositionStore: Send + Sync {
    /// The newest position of one vehicle.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn get_position(&self, id: VehicleId) -> Result<Option<VehiclePosition>>;

    /// Stores a position unless a newer one is there (an equal timestamp overwrites); tells whether it did.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn set_position(&self, id: VehicleId, position: &VehiclePosition) -> Result<bool>;

    /// The newest positions of several vehicles in one round trip; who has none is left out.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn get_positions(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehiclePosition>>;

    /// The newest position of every active vehicle that has one.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn get_all_active_positions(&self) -> Result<HashMap<VehicleId, VehiclePosition>>;
}
