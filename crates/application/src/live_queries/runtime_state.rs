use ::live::is_state_believed;
use domain::{VehicleId, telemetry::VehicleRuntimeState};

use super::LiveQueries;
use crate::{Actor, error::Result};

impl LiveQueries {
    /// Returns the newest runtime state of a vehicle: as this server has heard it, else as the
    /// store has it; nothing for a vehicle that has none yet.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Unavailable`] when a state that this server has not heard
    /// itself could only be read from a store that is away.
    pub async fn runtime_state(&self, actor: &Actor, id: VehicleId) -> Result<Option<VehicleRuntimeState>> {
        self.presence.check(actor, id).await?;
        let live = &self.presence.live;
        match live.read(|core, _| core.state(id).cloned()) {
            Some(state) => Ok(Some(state)),
            None => {
                let kept = self.states.get_state(id).await?;
                let (rules, now) = live.judgement();
                Ok(kept.filter(|state| is_state_believed(id, state, rules, now)))
            }
        }
    }
}
