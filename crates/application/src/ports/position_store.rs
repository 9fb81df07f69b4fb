use std::collections::HashMap;

use async_trait::async_trait;
use domain::{VehicleId, telemetry::VehiclePosition};

use crate::error::Result;

/// The newest position of each vehicle, shared by all servers.
///
/// The comparison of timestamps and the write are one atomic step, because several servers write. A position that
/// cannot be parsed is treated as missing. Every method may return [`crate::Error::Unavailable`] when the store is
/// unreachable.
#[async_trait]
pub trait PositionStore: Send + Sync {
    /// Returns the newest position of a vehicle; `None` if there is none.
    async fn get_position(&self, id: VehicleId) -> Result<Option<VehiclePosition>>;

    /// Stores a position unless a newer one is stored. A position with an equal timestamp is overwritten. Returns
    /// `true` if the position was stored.
    async fn set_position(&self, id: VehicleId, position: &VehiclePosition) -> Result<bool>;

    /// Returns the newest positions of several vehicles in one round trip. Vehicles without a position are omitted.
    async fn get_positions(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehiclePosition>>;

    /// Returns the newest position of every active vehicle that has one.
    async fn get_all_active_positions(&self) -> Result<HashMap<VehicleId, VehiclePosition>>;
}
