//! Updates of the live keys after changes to the registry.

use std::{future::Future, time::Duration};

use domain::VehicleId;
use tokio::time::timeout;

use super::Vehicles;
use crate::{error::Result, live::Live};

/// Maximum time that a change waits for the live keys. It is longer than a healthy store needs, but short enough for
/// users who wait for the answer while the store is unreachable.
const PATIENCE: Duration = Duration::from_millis(200);

impl Vehicles {
    /// Marks vehicles as active, and loads their keys into the live core. While the vehicles were disabled on this
    /// server, another server may have received their messages, or another program may have written the keys.
    pub(super) async fn take_up_keys(&self, ids: &[VehicleId]) -> Result<()> {
        self.keys.activate(ids).await?;
        self.changes.live().restore(self.keys.read(ids).await?);
        Ok(())
    }

    /// Waits up to [`PATIENCE`] for an update of the live keys. A change to the registry never fails because of the
    /// keys: if the update fails, takes longer, or is dropped with the caller's future, a worker of the live core
    /// updates the keys later.
    pub(super) async fn keys_follow(&self, ids: &[VehicleId], write: impl Future<Output = Result<()>>) {
        let vehicles = ids.len();
        let first = ids.first().map(ToString::to_string);
        let debt = KeyDebt(self.changes.live());
        match timeout(PATIENCE, write).await {
            Ok(Ok(())) => debt.settle(),
            Ok(Err(error)) => {
                tracing::warn!(vehicle.id = first, vehicles, %error, "could not update the live keys; will retry later")
            }
            Err(_) => tracing::warn!(
                vehicle.id = first,
                vehicles,
                "could not update the live keys in time; will retry later"
            ),
        }
    }
}

/// An outstanding update of keys. If it is dropped before it is settled, a worker takes it over.
struct KeyDebt<'a>(&'a Live);

impl KeyDebt<'_> {
    fn settle(self) {
        // Skips `drop`, which would request a synchronisation.
        std::mem::forget(self);
    }
}

impl Drop for KeyDebt<'_> {
    fn drop(&mut self) {
        self.0.request_key_sync();
    }
}
