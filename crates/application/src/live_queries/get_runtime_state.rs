use std::sync::Arc;

use ::live::is_state_believed;
use domain::{VehicleId, telemetry::VehicleRuntimeState};

use super::presence::Presence;
use crate::{
    Actor,
    error::Result,
    live::Live,
    ports::{StateStore, VehicleRepository},
};

/// Tells how a vehicle is: as this server has heard it, else as the store has it.
pub struct GetVehicleRuntimeState {
    presence: Presence,
    states: Arc<dyn StateStore>,
}

impl GetVehicleRuntimeState {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>, states: Arc<dyn StateStore>) -> Self {
        Self {
            presence: Presence { live, repository },
            states,
        }
    }

    /// The newest state; nothing for a vehicle that has none yet.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Unavailable`] when what this server has not heard
    /// itself could only be read from a store that is away.
    pub async fn execute(&self, actor: &Actor, id: VehicleId) -> Result<Option<VehicleRuntimeState>> {
        self.presence.check(actor, id).await?;
        match self.presence.live.read(|core, _| core.state(id).cloned()) {
            Some(state) => Ok(Some(state)),
            None => {
                let kept = self.states.get_state(id).await?;
                let (rules, now) = self.presence.live.judgement();
                Ok(kept.filter(|state| is_state_believed(state, rules, now)))
            }
        }
    }
}
