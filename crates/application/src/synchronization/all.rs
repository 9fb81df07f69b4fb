use std::time::Duration;

use ::live::TableCursor;
use tokio::time::sleep;

use super::{
    AT_ONCE, Synchronization,
    round::{Round, SyncReport},
};
use crate::{error::Result, ports::Roll};

/// Pause between two pipelines, in which Redis serves other clients.
const PAUSE: Duration = Duration::from_millis(5);

impl Synchronization {
    /// Compares the registry, the live table and the live keys of all vehicles, repairs and announces mismatches, and
    /// adopts newer data from the keys. The live table is compared with the registry only while the registry is
    /// available.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] when the store of the keys is unreachable; some of the mismatches may have
    /// been repaired.
    pub async fn sync_all_enabled_vehicles(&self) -> Result<SyncReport> {
        let mut strangers = self.strangers.lock().await;
        let mut round = Round::default();
        // Compare with the registry before comparing the keys: another server may have found the same difference from
        // the registry earlier and removed keys, which this server would otherwise restore.
        if let Err(error) = self.compare_with_registry(&mut round).await {
            tracing::debug!(
                error = error.chain(),
                "could not compare the live table with the registry"
            );
        }
        let active = self.check_roll(Roll::Active, &mut strangers, &mut round).await?;
        self.check_roll(Roll::Map, &mut strangers, &mut round).await?;
        let mut from = Some(TableCursor::START);
        while let Some(place) = from {
            // Holds the lock of the live core for a few hundred vehicles at a time.
            let (some, next) = self
                .live
                .read(|core, now| core.keys_to_check(place, AT_ONCE, now));
            self.relist(&some, &active, &mut round).await?;
            self.check_keys(some, &mut round).await?;
            from = next;
            if from.is_some() {
                sleep(PAUSE).await;
            }
        }
        self.announcer.catch_up().await;
        Ok(round.report)
    }
}
