use domain::{VehicleId, telemetry::VehiclePosition};

use super::LiveQueries;
use crate::{Actor, error::Result};

impl LiveQueries {
    /// Returns the newest position of a vehicle (GetVehiclePosition), from the live core or else from the store; `None`
    /// if the vehicle has no plausible position.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::Unavailable`] if the live core lacks the position and the store is unavailable, or lacks the
    /// vehicle and the registry is.
    pub async fn position(&self, actor: &Actor, id: VehicleId) -> Result<Option<VehiclePosition>> {
        self.presence.check(actor, id).await?;
        let live = &self.presence.live;
        match live.read(|core, _| core.position(id).cloned()) {
            Some(position) => Ok(Some(position)),
            None => self.observer.stored_position(id).await,
        }
    }
}
