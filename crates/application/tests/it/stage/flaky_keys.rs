use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use adapters_memory::live_keys::MemoryLiveStore;
use application::{
    Error, Result,
    ports::{Differences, LiveKeys, LiveRecord, Roll, RollMember, RollPage},
};
use async_trait::async_trait;
use domain::{VehicleId, telemetry::Timestamp};

/// Live keys that can be unavailable. They then return errors or, if they hang, never answer.
pub(crate) struct FlakyKeys {
    pub(crate) inner: Arc<MemoryLiveStore>,
    pub(crate) is_away: AtomicBool,
    pub(crate) hangs: bool,
    /// Called during each write.
    pub(crate) on_write: Box<dyn Fn() + Send + Sync>,
}

impl FlakyKeys {
    async fn there(&self) -> Result<()> {
        match (self.is_away.load(Ordering::SeqCst), self.hangs) {
            (false, _) => Ok(()),
            (true, true) => std::future::pending().await,
            (true, false) => Err(Error::unavailable("redis", "connection refused")),
        }
    }
}

#[async_trait]
impl LiveKeys for FlakyKeys {
    fn key_of(&self, id: VehicleId) -> String {
        self.inner.key_of(id)
    }

    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>> {
        self.there().await?;
        (self.on_write)();
        tokio::task::yield_now().await;
        self.inner.write(records).await
    }

    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>> {
        self.there().await?;
        self.inner.read(ids).await
    }

    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences> {
        self.there().await?;
        self.inner.differing(expected, latest).await
    }

    async fn members(&self, roll: Roll, cursor: u64) -> Result<RollPage> {
        self.there().await?;
        self.inner.members(roll, cursor).await
    }

    async fn members_among(&self, roll: Roll, ids: &[VehicleId]) -> Result<HashSet<VehicleId>> {
        self.there().await?;
        self.inner.members_among(roll, ids).await
    }

    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<Vec<RollMember>> {
        self.there().await?;
        self.inner.strike(roll, members).await
    }

    async fn activate(&self, ids: &[VehicleId]) -> Result<Vec<VehicleId>> {
        self.there().await?;
        self.inner.activate(ids).await
    }

    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()> {
        self.there().await?;
        self.inner.deactivate(ids).await
    }

    async fn forget(&self, ids: &[VehicleId]) -> Result<()> {
        self.there().await?;
        self.inner.forget(ids).await
    }
}
