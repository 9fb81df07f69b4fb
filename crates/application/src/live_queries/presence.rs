//! Existence of a vehicle for a caller.

use std::{sync::Arc, time::Duration};

use domain::{AccessScope, VehicleId};
use futures::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, Shared},
};
use tokio::time::sleep;

use crate::{
    Actor,
    error::{Error, Result},
    live::{Live, VehicleNews},
    ports::VehicleRepository,
};

/// Time to wait for a removal in the log after rights have changed. The grants of a deleted vehicle are deleted with
/// it, and the loss of the grant may be noticed before the removal is read. Servers read the log at least every 500 ms;
/// the remaining time is a margin.
pub(super) const UNTIL_THE_LOG_IS_READ: Duration = Duration::from_secs(1);

/// Checks the existence of vehicles. It queries the live core first, so that known vehicles remain available while the
/// registry is unavailable, and then the registry, for vehicles that another server has just registered.
pub(super) struct Presence {
    pub(super) live: Arc<Live>,
    pub(super) repository: Arc<dyn VehicleRepository>,
}

impl Presence {
    /// Completes when the vehicle is deleted after this call, regardless of the caller's rights at that time: the
    /// grants of a vehicle are deleted with it, possibly earlier.
    pub(super) fn deletion(&self, id: VehicleId) -> BoxFuture<'static, ()> {
        let is_deletion = |news: &VehicleNews| matches!(news, VehicleNews::Changed { after: None, .. });
        let mut watch = self
            .live
            .watch_vehicles(AccessScope::All.into(), Some(id), is_deletion);
        async move {
            watch.next().await;
        }
        .boxed()
    }

    /// Like the method above, for a stream that also receives the deletion in order if it may still see the vehicle.
    /// See [`Deletion::passed`].
    pub(super) fn deletion_in_order(&self, id: VehicleId) -> Deletion {
        Deletion(self.deletion(id).shared())
    }

    /// Returns `Ok` if the vehicle exists for the caller. Afterwards the live core knows the vehicle.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it does not exist for this caller; [`Error::Unavailable`] if the live core does not know
    /// it and the registry is unavailable.
    pub(super) async fn check(&self, actor: &Actor, id: VehicleId) -> Result<()> {
        if self.live.is_visible(&actor.scope, id) {
            return Ok(());
        }
        let found = self.repository.find_by_id(&actor.scope, id).await?;
        self.live.upsert(&found.ok_or_else(Error::vehicle_not_found)?);
        Ok(())
    }
}

#[derive(Clone)]
pub(super) struct Deletion(Shared<BoxFuture<'static, ()>>);

impl Deletion {
    /// Returns `true` if the deletion has happened by now. The registry's log may contain an earlier one that was
    /// undone since.
    pub(super) fn has_happened(&self) -> bool {
        self.0.clone().now_or_never().is_some()
    }

    /// Completes when a stream that may see the vehicle must have received the deletion in order.
    pub(super) async fn passed(self) {
        self.0.await;
        sleep(UNTIL_THE_LOG_IS_READ).await;
    }
}
