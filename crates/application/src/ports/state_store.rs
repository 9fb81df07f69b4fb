use std::collections::HashMap;

use async_trait::async_trait;
use domain::{VehicleId, telemetry::VehicleRuntimeState};

use crate::error::Result;

/// The newest runtime state of each vehicle, shared by all servers.
#[async_trait]
pub trait StateStore: Send + Sync {
    /// The newest state of one vehicle.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn get_state(&self, id: VehicleId) -> Result<Option<VehicleRuntimeState>>;

    /// Stores a state unless a newer one is there (an equal time overwrites); tells whether it did.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn set_state(&self, id: VehicleId, state: &VehicleRuntimeState) -> Result<bool>;

    /// The newest states of several vehicles in one round trip; who has none is left out.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the store is away.
    async fn get_states(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehicleRuntimeState>>;
}
