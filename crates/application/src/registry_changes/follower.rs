//! A worker that keeps the live core and the identities in sync with the registry.
//!
//! Changes made by this server take effect before it answers the request. Changes made by other servers, and by
//! commands such as a seed or an import, are read from the log of the registry. The log is read when this server has
//! changed something, when another server announces a change, and every 500 ms. A lost announcement therefore only
//! delays a change.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use metrics::gauge;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::RegistryChanges;
use crate::{
    error::Result,
    ports::{EVENTS_AT_ONCE, EventBus, EventLog, NextEvents, VehicleRepository},
    registry::{Happened, RegistryEvent, Sequence},
};

/// Interval between reads of the log without an announcement. With it, changes by other servers take effect within 1 s.
const INTERVAL: Duration = Duration::from_millis(500);

/// Minimum time from a read of the log to the next read that an announcement causes. Each read is a transaction, and
/// any client of Redis can publish announcements at any rate.
const LOOK_GAP: Duration = Duration::from_millis(50);

/// Time for which events are kept. A server that has missed deleted events reads the whole registry again.
const KEPT_FOR: Duration = Duration::from_secs(3_600);

/// Interval between deletions of old events.
const TIDY_EVERY: Duration = Duration::from_secs(60);

pub struct Follower {
    changes: Arc<RegistryChanges>,
    repository: Arc<dyn VehicleRepository>,
    log: Arc<dyn EventLog>,
    bus: Arc<dyn EventBus>,
    /// Number of the last applied event; `None` before the registry has been read.
    applied: Option<Sequence>,
    was_away: bool,
    tidied_at: Instant,
}

/// Reason for reading the log.
enum Occasion {
    /// This server has changed something, which it has to announce.
    OwnChange,
    /// Another server has announced events that this one has not applied.
    Announced,
    /// The interval has passed.
    Beat,
}

/// Limits the rate of reads that announcements cause. An announcement that arrives within [`LOOK_GAP`] after a read
/// waits until this time has passed. All announcements that are waiting share one read.
#[derive(Default)]
struct ChangeSignal {
    is_rung: bool,
    looked_at: Option<Instant>,
}

impl ChangeSignal {
    const fn ring(&mut self) {
        self.is_rung = true;
    }

    /// Marks all earlier announcements as handled; the read that follows covers them.
    fn mark_handled(&mut self) {
        *self = Self {
            is_rung: false,
            looked_at: Some(Instant::now()),
        };
    }

    /// Waits until the log has to be read because of an announcement. Cancel-safe.
    async fn read_is_due(&self) {
        match (self.is_rung, self.looked_at) {
            (false, _) => std::future::pending().await,
            (true, Some(looked_at)) => tokio::time::sleep_until(looked_at + LOOK_GAP).await,
            (true, None) => {}
        }
    }
}

impl Follower {
    #[must_use]
    pub fn new(
        changes: Arc<RegistryChanges>,
        repository: Arc<dyn VehicleRepository>,
        log: Arc<dyn EventLog>,
        bus: Arc<dyn EventBus>,
    ) -> Self {
        Self {
            changes,
            repository,
            log,
            bus,
            applied: None,
            was_away: false,
            tidied_at: Instant::now(),
        }
    }

    /// Runs until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut announcements = self.bus.listen();
        let mut change_signal = ChangeSignal::default();
        let mut beat = tokio::time::interval(INTERVAL);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let changes = Arc::clone(&self.changes);
        loop {
            // All branches are cancel-safe: a notification or an announcement that was not returned is returned later.
            // Announcements are polled last, so a flood of them delays nothing else.
            let occasion = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = changes.log_grew.notified() => Occasion::OwnChange,
                _ = beat.tick() => Occasion::Beat,
                () = change_signal.read_is_due() => Occasion::Announced,
                Some(announced) = announcements.next() => {
                    // After `None`, announcements may have been missed, so the log has to be read.
                    let is_known = announced.is_some_and(|newest| self.applied.is_some_and(|applied| applied >= newest));
                    if !is_known {
                        change_signal.ring();
                    }
                    continue;
                }
            };
            // This precedes the read, so that an announcement that arrives during the read causes another read.
            change_signal.mark_handled();
            if stop.run_until_cancelled(self.look(occasion)).await.is_none() {
                return;
            }
        }
    }

    async fn look(&mut self, occasion: Occasion) {
        match self.catch_up().await {
            Ok(()) => {
                let applied = self.applied.unwrap_or(Sequence::START);
                self.changes.live.registry_status().set_loaded(applied);
                self.was_away = false;
                gauge!("fleetwatch_active_vehicles").set(self.changes.live.stats().enabled as f64);
                // Only the server that made a change announces it. If this fails, the others read the change after
                // their next interval.
                if matches!(occasion, Occasion::OwnChange) {
                    self.announce().await;
                }
                self.tidy().await;
            }
            Err(error) => {
                self.changes.live.registry_status().set_away();
                if std::mem::replace(&mut self.was_away, true) {
                    tracing::debug!(error = error.chain(), "the registry is still unreachable");
                } else {
                    tracing::warn!(
                        error = error.chain(),
                        "the registry is unreachable: live delivery continues for known vehicles"
                    );
                }
            }
        }
    }

    /// Applies all new events.
    async fn catch_up(&mut self) -> Result<()> {
        loop {
            let Some(applied) = self.applied else {
                self.begin().await?;
                continue;
            };
            match self.log.read_after(applied).await? {
                NextEvents::Lost => {
                    tracing::warn!(
                        "the next events in the event log are not available: reloading the whole registry"
                    );
                    self.applied = None;
                }
                NextEvents::Events(events) => {
                    let Some(last) = events.last() else {
                        return Ok(());
                    };
                    // There is no await until the whole batch is applied, so `stop` cannot separate the position from
                    // the effects.
                    self.applied = Some(last.sequence);
                    self.changes.live.follow(&events);
                    // Rights follow the vehicles: the deletion of a vehicle withdraws the grants on it, and their users
                    // must see the vehicle removed before it leaves their scope.
                    self.follow_rights(&events);
                    // A full batch may be followed by more events.
                    if events.len() < EVENTS_AT_ONCE {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Reads the whole registry. The position of the log is read first, so changes made between the two reads are
    /// applied twice, which is harmless, instead of being missed. Watchers of the registry are notified that they have
    /// missed changes.
    async fn begin(&mut self) -> Result<()> {
        let position = self.log.position().await?;
        let all = self.repository.load_all().await?;
        // Changes of rights before `position` will not be read from the log.
        self.changes.identities.any_rights_changed();
        // This precedes `take_over`: a watcher must not receive changes from after the gap as if it had missed none.
        self.changes.live.lose_registry_news();
        self.changes.live.take_over(&all);
        self.changes.live.request_key_sync();
        self.applied = Some(position);
        Ok(())
    }

    fn follow_rights(&self, events: &[RegistryEvent]) {
        let mut users: Vec<_> = events
            .iter()
            .filter_map(|event| match event.happened {
                Happened::RightsChanged(user) => Some(user),
                Happened::ToVehicle { .. } => None,
            })
            .collect();
        users.sort_unstable();
        users.dedup();
        users
            .into_iter()
            .for_each(|user| self.changes.identities.rights_changed(user));
    }

    /// Announces that the log has grown. A failure only delays other servers, because they also read the log at
    /// intervals.
    async fn announce(&self) {
        let Some(applied) = self.applied else { return };
        if let Err(error) = self.bus.announce(applied).await {
            tracing::debug!(
                error = error.chain(),
                "could not announce a change: other servers will read it later"
            );
        }
    }

    async fn tidy(&mut self) {
        if self.tidied_at.elapsed() < TIDY_EVERY {
            return;
        }
        self.tidied_at = Instant::now();
        if let Err(error) = self.log.forget_older_than(KEPT_FOR).await {
            tracing::debug!(
                error = error.chain(),
                "could not delete old events; will retry later"
            );
        }
    }
}
