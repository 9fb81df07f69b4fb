//! Changes to the mapping after changes to the registry.

use std::{future::Future, time::Duration};

use domain::VehicleId;
use tokio::time::timeout;

use super::VehicleMapping;
use crate::{
    error::{Error, Result},
    live::Live,
};

/// Maximum time that a change waits for the live keys. It is longer than a healthy store needs, but short enough for
/// users who wait for the answer while the store is unreachable.
const PATIENCE: Duration = Duration::from_millis(200);

/// A change to the registry never fails because of the live keys: if writing them fails, takes longer than `PATIENCE`,
/// or is dropped with the caller's future, the synchronisation updates the keys later.
impl VehicleMapping {
    /// Maps an enabled vehicle: adds it to the set of active ones, and loads its keys into the live core. While the
    /// vehicle was disabled on this server, another server may have received its messages, or another program may have
    /// written the keys.
    pub async fn map_vehicle_to_redis(&self, id: VehicleId) {
        self.map_vehicles_to_redis(&[id]).await;
    }

    /// Maps several enabled vehicles, like [`VehicleMapping::map_vehicle_to_redis`].
    pub async fn map_vehicles_to_redis(&self, ids: &[VehicleId]) {
        self.keys_follow(ids, self.take_up_keys(ids)).await;
    }

    async fn take_up_keys(&self, ids: &[VehicleId]) -> Result<()> {
        self.keys.activate(ids).await?;
        self.mapped.insert(ids.iter().copied());
        self.live.restore(self.keys.read(ids).await?);
        Ok(())
    }

    /// Unmaps a disabled vehicle: removes it from the set of active ones and from the geo index.
    pub async fn unmap_vehicle_from_redis(&self, id: VehicleId) {
        self.unmap_vehicles_from_redis(&[id]).await;
    }

    /// Unmaps several disabled vehicles, like [`VehicleMapping::unmap_vehicle_from_redis`].
    pub async fn unmap_vehicles_from_redis(&self, ids: &[VehicleId]) {
        self.mapped.remove(ids);
        self.keys_follow(ids, self.keys.deactivate(ids)).await;
        self.observer.cache().invalidate(ids);
    }

    /// Unmaps deleted vehicles, and deletes their keys.
    pub async fn forget_vehicles(&self, ids: &[VehicleId]) {
        self.mapped.remove(ids);
        self.keys_follow(ids, self.keys.forget(ids)).await;
        self.observer.cache().invalidate(ids);
    }

    async fn keys_follow(&self, ids: &[VehicleId], write: impl Future<Output = Result<()>>) {
        let vehicles = ids.len();
        let first = ids.first().map(ToString::to_string);
        let debt = KeyDebt(&self.live);
        let written = timeout(PATIENCE, write).await;
        match written.unwrap_or_else(|_| Err(Error::no_answer("redis", PATIENCE))) {
            Ok(()) => debt.settle(),
            Err(error) => tracing::warn!(
                vehicle.id = first,
                vehicles,
                error = error.chain(),
                "could not update the live keys; will retry later"
            ),
        }
    }
}

/// An outstanding update of keys. If it is dropped before it is settled, the synchronisation takes it over.
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
