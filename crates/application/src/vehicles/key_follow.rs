//! The live keys follow the registry.

use std::{future::Future, time::Duration};

use domain::VehicleId;
use tokio::time::timeout;

use super::Vehicles;
use crate::{error::Result, live::Live};

/// How long a mutation waits for the live keys. Longer than a sound store needs, short enough for a person
/// who waits for the answer while the store is away.
const PATIENCE: Duration = Duration::from_millis(200);

impl Vehicles {
    /// Makes vehicles active, and takes over what their keys have: another server may have heard them, or an operator may have
    /// written them, while they were disabled.
    pub(super) async fn take_up_keys(&self, ids: &[VehicleId]) -> Result<()> {
        self.keys.activate(ids).await?;
        self.changes.live().restore(self.keys.read(ids).await?);
        Ok(())
    }

    /// Waits a moment for the live keys to follow a change of the registry. A change never fails because of them: when they
    /// cannot follow now, a worker of the live core brings them in step later. So it does when the caller loses interest
    /// and this is dropped on the way.
    pub(super) async fn keys_follow(&self, ids: &[VehicleId], write: impl Future<Output = Result<()>>) {
        let vehicles = ids.len();
        let first = ids.first().map(ToString::to_string);
        let debt = KeyDebt(self.changes.live());
        match timeout(PATIENCE, write).await {
            Ok(Ok(())) => debt.settle(),
            Ok(Err(error)) => {
                tracing::warn!(vehicle.id = first, vehicles, %error, "the live keys will follow later")
            }
            Err(_) => tracing::warn!(
                vehicle.id = first,
                vehicles,
                "the live keys did not follow in time, and will later"
            ),
        }
    }
}

/// Keys that have to follow: when it is dropped before it is settled, a worker takes it over.
struct KeyDebt<'a>(&'a Live);

impl KeyDebt<'_> {
    fn settle(self) {
        std::mem::forget(self);
    }
}

impl Drop for KeyDebt<'_> {
    fn drop(&mut self) {
        self.0.request_key_sync();
    }
}
