use domain::{VehicleId, telemetry::VehicleRuntimeState};

use super::LiveQueries;
use crate::{Actor, error::Result};

impl LiveQueries {
    /// Returns the newest runtime state of a vehicle, from the live core or else from the store; `None` if the vehicle
    /// has no plausible state.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::Unavailable`] if the live core lacks the state and the store is unavailable, or lacks the
    /// vehicle and the registry is.
    pub async fn runtime_state(&self, actor: &Actor, id: VehicleId) -> Result<Option<VehicleRuntimeState>> {
        self.presence.check(actor, id).await?;
        let live = &self.presence.live;
        match live.read(|core, _| core.state(id).cloned()) {
            Some(state) => Ok(Some(state)),
            None => self.observer.stored_state(id).await,
        }
    }
}
