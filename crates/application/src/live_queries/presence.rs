//! Checks whether vehicles exist for a caller.

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

/// Time to wait for a removal in the log after rights have changed. The grants on a deleted vehicle are deleted with
/// it, and the loss of a grant may be noticed before the removal is read. Servers read the log at least every 500 ms.
/// The rest is a margin.
pub(super) const UNTIL_THE_LOG_IS_READ: Duration = Duration::from_secs(1);

/// Checks the existence of vehicles in the live core, and then in the registry. Vehicles in the live core remain
/// available while the registry is unavailable. The registry also contains vehicles that another server has just
/// registered.
pub(super) struct Presence {
    pub(super) live: Arc<Live>,
    pub(super) repository: Arc<dyn VehicleRepository>,
}

impl Presence {
    /// Returns a future that completes when the vehicle is deleted after this call, regardless of the caller's rights
    /// at that time: the grants on a vehicle are deleted with it, and may be found to be missing earlier.
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

    /// Like [`Presence::deletion`], for a stream that also receives the deletion itself, in order, if the vehicle is
    /// still in the stream's scope.
    pub(super) fn deletion_in_order(&self, id: VehicleId) -> Deletion {
        Deletion(self.deletion(id).shared())
    }

    /// Checks that the vehicle exists for the caller. On success, the live core contains the vehicle.
    ///
    /// # Errors
    /// Returns [`Error::NotFound`] if it does not exist for the caller; [`Error::Unavailable`] if the live core does
    /// not contain it for the caller and the registry is unavailable.
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
    /// Returns `true` if the vehicle has been deleted since this value was created. An event in the log may be about an
    /// earlier deletion, after which the vehicle was restored.
    pub(super) fn has_happened(&self) -> bool {
        self.0.clone().now_or_never().is_some()
    }

    /// Completes some time after the deletion, when a stream that may see the vehicle must have received the deletion
    /// in order.
    pub(super) async fn passed(self) {
        self.0.await;
        sleep(UNTIL_THE_LOG_IS_READ).await;
    }
}
