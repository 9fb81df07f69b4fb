//! Whether a vehicle is there for a caller.

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

/// A grant of a vehicle goes with the vehicle, and who looks up its rights may see that before the removal is read in the
/// log: so long is waited for that, which is as long as servers look into the log at most, and some more.
pub(super) const UNTIL_THE_LOG_IS_READ: Duration = Duration::from_secs(1);

/// Asks the live core, so that what is known can be asked for while the registry is away; and the registry
/// only about what the live core does not know, such as a vehicle that another server registered just now.
pub(super) struct Presence {
    pub(super) live: Arc<Live>,
    pub(super) repository: Arc<dyn VehicleRepository>,
}

impl Presence {
    /// Completes when a vehicle has been deleted, from now on, whoever may see it by then: the grants of a vehicle go with
    /// it, and may have gone before.
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

    /// The same for a stream that is told of the deletion in order as well, if it may see the vehicle by then: with the time
    /// that this may take at most.
    pub(super) fn deletion_in_order(&self, id: VehicleId) -> Deletion {
        Deletion(self.deletion(id).shared())
    }

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

/// The deletion of a vehicle from some moment on.
#[derive(Clone)]
pub(super) struct Deletion(Shared<BoxFuture<'static, ()>>);

impl Deletion {
    /// Whether it has happened by now. The registry's log may tell of an earlier one, which was taken back since.
    pub(super) fn has_happened(&self) -> bool {
        self.0.clone().now_or_never().is_some()
    }

    /// Completes when it must have been told in order.
    pub(super) async fn passed(self) {
        self.0.await;
        sleep(UNTIL_THE_LOG_IS_READ).await;
    }
}
