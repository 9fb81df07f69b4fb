use std::sync::Arc;

use ::live::is_position_believed;
use domain::{VehicleId, telemetry::VehiclePosition};

use super::presence::Presence;
use crate::{
    Actor,
    error::Result,
    live::Live,
    ports::{PositionStore, VehicleRepository},
};

/// Tells where a vehicle is: as this server has heard it, else as the store has it.
pub struct GetVehiclePosition {
    presence: Presence,
    positions: Arc<dyn PositionStore>,
}

impl GetVehiclePosition {
    /// With what it needs.
    #[must_use]
    pub fn new(
        repository: Arc<dyn VehicleRepository>,
        live: Arc<Live>,
        positions: Arc<dyn PositionStore>,
    ) -> Self {
        Self {
            presence: Presence { live, repository },
            positions,
        }
    }

    /// The newest position; nothing for a vehicle that has none yet.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Unavailable`] when what this server has not heard
    /// itself could only be read from a store that is away.
    pub async fn execute(&self, actor: &Actor, id: VehicleId) -> Result<Option<VehiclePosition>> {
        self.presence.check(actor, id).await?;
        match self.presence.live.read(|core, _| core.position(id).cloned()) {
            Some(position) => Ok(Some(position)),
            None => {
                let kept = self.positions.get_position(id).await?;
                let (rules, now) = self.presence.live.judgement();
                Ok(kept.filter(|position| is_position_believed(position, rules, now)))
            }
        }
    }
}
