//! Whether a vehicle is there for a caller.

use std::sync::Arc;

use domain::VehicleId;

use crate::{
    Actor,
    error::{Error, Result},
    live::Live,
    ports::VehicleRepository,
};

/// Asks the live core, so that what is known can be asked for while the registry is away; and the registry
/// only about what the live core does not know, such as a vehicle that another server registered just now.
pub(super) struct Presence {
    pub(super) live: Arc<Live>,
    pub(super) repository: Arc<dyn VehicleRepository>,
}

impl Presence {
    /// Lets pass when the vehicle is there; the live core knows it then.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not there, or not for this caller; [`Error::Unavailable`] when only
    /// the registry could tell, and is away.
    pub(super) async fn check(&self, actor: &Actor, id: VehicleId) -> Result<()> {
        if self.live.is_visible(&actor.scope, id) {
            return Ok(());
        }
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        self.live.upsert(&found.ok_or_else(Error::vehicle_not_found)?);
        Ok(())
    }
}
