//! The task that reconciles the live keys with the live core and the registry.

use std::{sync::Arc, time::Duration};

use ::live::{Activity, TableCursor};
use tokio::time::{MissedTickBehavior, sleep};
use tokio_util::sync::CancellationToken;

use super::key_check::KeyChecker;
use crate::{
    error::Result,
    live::{Live, key_access::KeyWriter},
    ports::LiveKeys,
};

/// Maximum number of vehicles that are read or changed in one pipeline.
const AT_ONCE: usize = 500;

/// Delay before a failed attempt is repeated.
const RETRY: Duration = Duration::from_millis(500);

/// Interval between two checks of all keys. Lost keys must be restored within 10 s, which leaves time for two checks
/// and a slow Redis.
const CHECK_EVERY: Duration = Duration::from_secs(4);

pub(super) struct KeySync {
    live: Arc<Live>,
    keys: Arc<dyn LiveKeys>,
    checker: KeyChecker,
}

enum Occasion {
    /// The keys may have been lost or changed, so nothing is known about them.
    All,
    /// Another server has added, changed or deleted vehicles.
    Relisted,
    /// A periodic check is due.
    Beat,
}

impl KeySync {
    pub(super) fn new(live: Arc<Live>, keys: Arc<dyn LiveKeys>) -> Self {
        Self {
            checker: KeyChecker::new(Arc::clone(&live), Arc::clone(&keys)),
            live,
            keys,
        }
    }

    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut beat = tokio::time::interval(CHECK_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let live = Arc::clone(&self.live);
        loop {
            // All branches are cancel-safe: notifications and ticks that were not consumed are kept.
            let occasion = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = live.key_sync.notified() => Occasion::All,
                () = live.key_follow.notified() => Occasion::Relisted,
                _ = beat.tick() => Occasion::Beat,
            };
            if stop.run_until_cancelled(self.act(occasion)).await.is_none() {
                return;
            }
        }
    }

    async fn act(&mut self, occasion: Occasion) {
        let outcome = match occasion {
            Occasion::All => self.take_up().await,
            Occasion::Relisted => self.follow().await,
            Occasion::Beat => self.checker.check().await,
        };
        self.live.key_access.note(KeyWriter::Sync, &outcome);
        if let Err(error) = outcome {
            tracing::debug!(%error, "live keys and live core are not in sync yet");
            // After a failed periodic check, the next one is early enough.
            if !matches!(occasion, Occasion::Beat) {
                sleep(RETRY).await;
                // All keys, whichever attempt failed: the vehicles that `take_relisted` returned are no longer queued.
                self.live.request_key_sync();
            }
        }
    }

    /// Adopts newer data from the keys of all vehicles, corrects the set of active vehicles, and then checks all keys,
    /// because they may have been lost.
    async fn take_up(&mut self) -> Result<()> {
        let mut from = Some(TableCursor::START);
        while let Some(place) = from {
            let (some, next) = self.live.read(|core, _| core.activity(place, AT_ONCE));
            self.bring_in_step(&some).await?;
            from = next;
        }
        for ids in self.live.read(|core, _| core.deleted()).chunks(AT_ONCE) {
            self.keys.forget(ids).await?;
        }
        self.checker.check().await?;
        tracing::debug!("live keys and live core are in sync");
        Ok(())
    }

    async fn follow(&self) -> Result<()> {
        loop {
            let some = self.live.read(|core, _| core.take_relisted(AT_ONCE));
            if some == Activity::default() {
                return Ok(());
            }
            self.bring_in_step(&some).await?;
        }
    }

    async fn bring_in_step(&self, some: &Activity) -> Result<()> {
        let Activity {
            enabled,
            disabled,
            deleted,
        } = some;
        if !enabled.is_empty() {
            self.live.restore(self.keys.read(enabled).await?);
            self.checker.list(enabled).await?;
        }
        self.keys.deactivate(disabled).await?;
        self.keys.forget(deleted).await
    }
}
