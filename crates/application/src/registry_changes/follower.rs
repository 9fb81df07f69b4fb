//! Keeps the live core and the identities in step with the registry.
//!
//! Mutations on this server are in force before they are answered. All others come from the registry's log: those of
//! another server, those of a seed or an import by the command line, and those made before this server was started. The
//! log is read at once when this server has changed something or another one announces a change, and twice a second in
//! any case. So announcements on the bus may be lost without losing a change.

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

/// How often the log is read without an announcement: a change on another server is in force within 1 s.
const INTERVAL: Duration = Duration::from_millis(500);

/// The least time between two looks for announcements: each look is a transaction, and any client of Redis can
/// announce at any rate.
const LOOK_GAP: Duration = Duration::from_millis(50);

/// How long events are kept. A server that has not read them by then reads the whole registry again.
const KEPT_FOR: Duration = Duration::from_secs(3_600);

/// How often older events are forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Follows the log.
pub struct Follower {
    changes: Arc<RegistryChanges>,
    repository: Arc<dyn VehicleRepository>,
    log: Arc<dyn EventLog>,
    bus: Arc<dyn EventBus>,
    /// The last event that was taken over; none before the registry was read.
    applied: Option<Sequence>,
    was_away: bool,
    tidied_at: Instant,
}

/// Why the log is read.
enum Occasion {
    /// This server has changed something, which is to be announced.
    OwnChange,
    /// Another server has announced events that are not known here.
    Announced,
    /// It is time again.
    Beat,
}

/// Makes of any number of announcements a bounded number of looks: one at once, then one per [`LOOK_GAP`] for all that
/// come meanwhile.
#[derive(Default)]
struct ChangeSignal {
    is_rung: bool,
    looked_at: Option<Instant>,
}

impl ChangeSignal {
    const fn ring(&mut self) {
        self.is_rung = true;
    }

    /// Whatever was announced until now is answered by the look that follows.
    fn looked(&mut self) {
        *self = Self {
            is_rung: false,
            looked_at: Some(Instant::now()),
        };
    }

    /// Waits for the time of the next look; for ever while nothing was announced. Cancel-safe.
    async fn look_is_due(&self) {
        match (self.is_rung, self.looked_at) {
            (false, _) => std::future::pending().await,
            (true, Some(looked_at)) => tokio::time::sleep_until(looked_at + LOOK_GAP).await,
            (true, None) => {}
        }
    }
}

impl Follower {
    /// Follows a log, which is that of the repository.
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
            // All are cancel-safe: a notification or announcement that was not returned comes again. Announcements come
            // last, so that a flood of them hinders nothing else.
            let occasion = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = changes.log_grew.notified() => Occasion::OwnChange,
                _ = beat.tick() => Occasion::Beat,
                () = change_signal.look_is_due() => Occasion::Announced,
                Some(announced) = announcements.next() => {
                    let is_known = announced.is_some_and(|newest| self.applied.is_some_and(|applied| applied >= newest));
                    if !is_known {
                        change_signal.ring();
                    }
                    continue;
                }
            };
            change_signal.looked();
            if stop.run_until_cancelled(self.look(occasion)).await.is_none() {
                return;
            }
        }
    }

    async fn look(&mut self, occasion: Occasion) {
        match self.catch_up().await {
            Ok(()) => {
                self.changes.live.registry_status().set_loaded();
                self.was_away = false;
                gauge!("fleetwatch_active_vehicles").set(self.changes.live.stats().enabled as f64);
                if matches!(occasion, Occasion::OwnChange) {
                    self.announce().await;
                }
                self.tidy().await;
            }
            Err(error) => {
                self.changes.live.registry_status().set_away();
                if std::mem::replace(&mut self.was_away, true) {
                    tracing::debug!(%error, "the registry is still away");
                } else {
                    tracing::warn!(%error, "the registry is away: live delivery goes on for the vehicles that are known");
                }
            }
        }
    }

    /// Takes over everything that is new.
    async fn catch_up(&mut self) -> Result<()> {
        loop {
            let Some(applied) = self.applied else {
                self.begin().await?;
                continue;
            };
            match self.log.read_after(applied).await? {
                NextEvents::Lost => {
                    tracing::warn!("the registry's log goes on too late for this server: all is read again");
                    self.applied = None;
                }
                NextEvents::Events(events) => {
                    let Some(last) = events.last() else {
                        return Ok(());
                    };
                    self.applied = Some(last.sequence);
                    self.changes.live.follow(&events);
                    // After the vehicles: a deletion withdraws the grants of its vehicle, and the users who had them
                    // are to hear of the removal first.
                    self.follow_rights(&events);
                    if events.len() < EVENTS_AT_ONCE {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Reads the whole registry. The position of the log is read first: changes in between are taken over twice, which
    /// changes nothing. Subscribers lose the news before that position, and are notified of the loss.
    async fn begin(&mut self) -> Result<()> {
        let position = self.log.position().await?;
        let all = self.repository.load_all().await?;
        self.changes.identities.any_rights_changed();
        self.changes.live.read(|core, _| core.lose_registry_news());
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

    /// Announces the growth of the log. The other servers would see it before long; this only makes it sooner.
    async fn announce(&self) {
        let Some(applied) = self.applied else { return };
        if let Err(error) = self.bus.announce(applied).await {
            tracing::debug!(%error, "the other servers could not be told of a change, and will see it by themselves");
        }
    }

    async fn tidy(&mut self) {
        if self.tidied_at.elapsed() < TIDY_EVERY {
            return;
        }
        self.tidied_at = Instant::now();
        if let Err(error) = self.log.forget_older_than(KEPT_FOR).await {
            tracing::debug!(%error, "old events could not be forgotten");
        }
    }
}
