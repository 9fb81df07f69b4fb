use ::live::is_state_believed;
use domain::{VehicleId, telemetry::VehicleRuntimeState};

use super::LiveQueries;
use crate::{Actor, error::Result};

impl LiveQueries {
    /// Returns the newest runtime state of a vehicle: from the live core, or else from the store; `None` for a
    /// vehicle without a state.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`]; [`crate::Error::Unavailable`] if the live core has no state and the store is
    /// unavailable.
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
