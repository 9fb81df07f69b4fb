use std::collections::HashMap;

use async_trait::async_trait;
use domain::{VehicleId, telemetry::VehicleRuntimeState};

use crate::error::Result;

/// The newest runtime state of each vehicle, shared by all servers.
///
/// The comparison of timestamps and the write are one atomic step, because several servers write. A state that cannot
/// be parsed is treated as missing. Every method may return [`crate::Error::Unavailable`] when the store is
/// unreachable.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// Returns the newest state of a vehicle; `None` if there is none.
    async fn get_state(&self, id: VehicleId) -> Result<Option<VehicleRuntimeState>>;

    /// Stores a state unless a newer one is stored. A state with an equal timestamp is overwritten. Returns `true` if
    /// the state was stored.
    async fn set_state(&self, id: VehicleId, state: &VehicleRuntimeState) -> Result<bool>;

    /// Returns the newest states of several vehicles in one round trip. Vehicles without a state are omitted.
    async fn get_states(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehicleRuntimeState>>;
}
