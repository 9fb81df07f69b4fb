//! The periodic synchronisation, and that of vehicles that have changed.

use std::{future::pending, sync::Arc, time::Duration};

use ::live::{Activity, DeletionCursor, TableCursor};
use domain::VehicleId;
use tokio::time::{MissedTickBehavior, sleep};
use tokio_util::sync::CancellationToken;

use super::{AT_ONCE, Synchronization, round::Round};
use crate::{error::Result, live::KeyWriter};

/// Default interval of the periodic synchronisation. Mismatches must be repaired within 10 s, which leaves time for two
/// comparisons and a slow Redis.
pub const AUTO_SYNC_INTERVAL: Duration = Duration::from_secs(4);

/// Delay before a failed attempt is repeated.
const RETRY: Duration = Duration::from_millis(500);

enum Occasion {
    /// The keys may have been lost or changed, so nothing is known about them.
    All,
    /// Another server has added, changed or deleted vehicles.
    Relisted,
    /// A periodic comparison is due.
    Beat,
}

impl Synchronization {
    /// Starts the periodic synchronisation, or changes its interval, which is at least a millisecond. It runs in
    /// [`Synchronization::run`], and begins with all vehicles.
    pub fn start_auto_sync(&self, interval: Duration) {
        // Work on changed vehicles may have been aborted when the synchronisation was stopped.
        self.live.request_key_sync();
        // The timers of tokio do not accept an interval of zero.
        self.interval
            .send_replace(Some(interval.max(Duration::from_millis(1))));
    }

    /// Stops the periodic synchronisation, and that of changed vehicles, until it is started again. A synchronisation
    /// in progress is aborted; the next one finds the mismatches that remain.
    pub fn stop_auto_sync(&self) {
        self.interval.send_replace(None);
    }

    /// Synchronises as requested through [`Synchronization::start_auto_sync`] and [`Synchronization::stop_auto_sync`],
    /// until `stop`. A server needs exactly one such task.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut demanded = self.interval.subscribe();
        loop {
            let interval = *demanded.borrow_and_update();
            let synchronising = async {
                match interval {
                    Some(interval) => self.keep_in_sync(interval).await,
                    None => pending().await,
                }
            };
            // All branches are cancel-safe: a repair that was not completed is repeated by the next comparison.
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                changed = demanded.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                () = synchronising => {}
            }
        }
    }

    async fn keep_in_sync(&self, interval: Duration) {
        let mut beat = tokio::time::interval(interval);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // All branches are cancel-safe: notifications and ticks that were not consumed are kept.
            let occasion = tokio::select! {
                biased;
                () = self.live.key_sync.notified() => Occasion::All,
                () = self.live.key_follow.notified() => Occasion::Relisted,
                _ = beat.tick() => Occasion::Beat,
            };
            self.act(occasion).await;
        }
    }

    async fn act(&self, occasion: Occasion) {
        let outcome = match occasion {
            Occasion::All => self.take_up().await,
            Occasion::Relisted => self.follow_relisted(&mut Round::default()).await,
            Occasion::Beat => self.sync_all_enabled_vehicles().await.map(drop),
        };
        self.live.key_access.note(KeyWriter::Sync, &outcome);
        if let Err(error) = outcome {
            tracing::debug!(
                error = error.chain(),
                "live keys and live core are not in sync yet"
            );
            // After a failed periodic comparison, the next one is soon enough.
            if !matches!(occasion, Occasion::Beat) {
                sleep(RETRY).await;
                // All keys, whichever attempt failed: the vehicles that `take_relisted` returned are no longer queued.
                self.live.request_key_sync();
            }
        }
    }

    /// Adopts newer data from the keys of all enabled vehicles, corrects the set of active vehicles, deletes the keys
    /// of deleted vehicles, and then compares all keys, because they may have been lost.
    async fn take_up(&self) -> Result<()> {
        let mut round = Round::default();
        let mut from = Some(TableCursor::START);
        while let Some(place) = from {
            let (some, next) = self.live.read(|core, _| core.activity(place, AT_ONCE));
            self.bring_in_step(&some, &mut round).await?;
            from = next;
        }
        let mut from = Some(DeletionCursor::START);
        while let Some(place) = from {
            let (ids, next) = self.live.read(|core, _| core.deleted(place, AT_ONCE));
            self.forget(&ids).await?;
            from = next;
        }
        self.sync_all_enabled_vehicles().await?;
        tracing::debug!("live keys and live core are in sync");
        Ok(())
    }

    /// Adapts the mapping of vehicles that another server has changed. That server does the same before it answers its
    /// caller, unless it is interrupted.
    async fn follow_relisted(&self, round: &mut Round) -> Result<()> {
        loop {
            let some = self.live.read(|core, _| core.take_relisted(AT_ONCE));
            if some == Activity::default() {
                return Ok(());
            }
            self.bring_in_step(&some, round).await?;
        }
    }

    pub(super) async fn bring_in_step(&self, some: &Activity, round: &mut Round) -> Result<()> {
        let Activity {
            enabled,
            disabled,
            deleted,
        } = some;
        if !enabled.is_empty() {
            self.adopt(enabled, round).await?;
            self.list(enabled, round).await?;
        }
        self.unlist(disabled).await?;
        self.forget(deleted).await
    }

    /// Deletes the keys of deleted vehicles.
    async fn forget(&self, ids: &[VehicleId]) -> Result<()> {
        self.mapping.mapped().remove(ids);
        self.keys.forget(ids).await?;
        self.observer.cache().invalidate(ids);
        Ok(())
    }
}
