//! The live core: the rules for one message, one mutation and one tick, as functions of the time.

mod canary;
mod census;
mod ingest;
mod keys;
mod queries;
mod registry;
mod rehearsal;
mod selection;
mod status;
mod subscribers;
mod watching;

pub use census::ConnectionCounts;
pub use ingest::Outcome;
pub use keys::KeyCheck;
pub use queries::LiveStats;
pub use selection::{Selected, Selection};
pub use subscribers::{MAX_TOPICS, SubscribeError};

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound::{Excluded, Unbounded},
    time::Duration,
};

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, FreshnessRules, PlausibilityRules, Timestamp},
    vehicle::VehicleStatus,
};
use time::OffsetDateTime;

use crate::{
    dirty_set::DirtySet,
    event::LiveEvent,
    hub::{Hub, Served},
    indices::{SubscriberId, VehicleIndex},
    live_table::LiveTable,
    mailbox::{Discarded, FeedStatus},
    moment::{Moment, whole_us},
    registry_watch::Watchers,
    running_time::RunningTime,
    staleness_timers::StalenessTimers,
    vehicle_watch::{IndexedNews, VehicleNews, VehicleWatchers},
};

/// Maximum number of staleness timers that one tick evaluates. A whole fleet may become stale at once, which is too
/// much work for one hold of the lock. At about 0.2 µs each, these timers take about 0.1 ms.
const TIMERS_AT_ONCE: usize = 500;

/// Rules of the live core.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveRules {
    /// Plausibility of positions and times.
    pub plausibility: PlausibilityRules,
    /// Durations without a message after which a vehicle is stale or disconnected.
    pub freshness: FreshnessRules,
    /// Lifetime of a vehicle's live keys after its last message.
    pub key_ttl: Duration,
}

/// The complete live state of a server.
#[derive(Debug)]
pub struct Core {
    rules: LiveRules,
    table: LiveTable,
    hub: Hub,
    watchers: Watchers,
    vehicle_watchers: VehicleWatchers,
    /// Set in running time.
    staleness_timers: StalenessTimers,
    running_time: RunningTime,
    feed: Feed,
    /// Vehicles whose live keys are outdated.
    unsynced: DirtySet,
    /// Vehicles that another server has added, changed or deleted, and whose live keys have not been adapted yet.
    relisted: BTreeSet<VehicleId>,
    /// Statuses that the registry may not have recorded yet.
    statuses: BTreeMap<VehicleId, VehicleStatus>,
    /// Subscribers that only receive canaries, and are not counted.
    canaries: BTreeSet<SubscriberId>,
}

/// State of the feed of messages from robots, and the time of its last change.
#[derive(Debug, Clone, Copy)]
struct Feed {
    is_up: bool,
    since: Moment,
    /// Running time at `since`, in microseconds.
    since_us: u64,
    /// `false` until the state of the feed is reported for the first time.
    is_known: bool,
}

impl Core {
    /// Creates a core without vehicles, whose feed is down until [`Core::set_feed`] reports otherwise.
    #[must_use]
    pub fn new(rules: LiveRules, now: Moment) -> Self {
        Self {
            rules,
            table: LiveTable::default(),
            hub: Hub::default(),
            watchers: Watchers::default(),
            vehicle_watchers: VehicleWatchers::default(),
            staleness_timers: StalenessTimers::default(),
            running_time: RunningTime::default(),
            feed: Feed {
                is_up: false,
                since: now,
                since_us: now.uptime_us,
                is_known: false,
            },
            unsynced: DirtySet::default(),
            relisted: BTreeSet::new(),
            statuses: BTreeMap::new(),
            canaries: BTreeSet::new(),
        }
    }

    /// Returns the state of the feed of messages from robots, and the time of its last change.
    #[must_use]
    pub fn feed(&self) -> FeedStatus {
        FeedStatus {
            is_up: self.feed.is_up,
            since: self.feed.since.wall(),
        }
    }

    /// Returns `true` once the state of the feed has been reported.
    #[must_use]
    pub const fn is_feed_known(&self) -> bool {
        self.feed.is_known
    }

    /// Sets whether messages from robots arrive. While they do not, no staleness timer expires. When they arrive again,
    /// silence is measured from that time at the earliest, because a robot whose messages could not arrive was not
    /// silent. Returns `true` if this is a change, which the caller must then report to the subscribers with
    /// [`Core::report_feed`].
    pub fn set_feed(&mut self, is_up: bool, now: Moment) -> bool {
        self.feed.is_known = true;
        let is_change = self.feed.is_up != is_up;
        if is_change {
            self.feed = Feed {
                is_up,
                since: now,
                since_us: self.running_us(now),
                is_known: true,
            };
        }
        is_change
    }

    /// Queues the current state of the feed for those subscribers at up to `limit` places that have not been notified
    /// of it. Starts at `from`, which is 0 in the first call, and returns where to continue; `None` at the end.
    pub fn report_feed(&mut self, from: SubscriberId, limit: usize) -> Option<SubscriberId> {
        self.hub.report_feed(self.feed(), from, limit)
    }

    /// Returns the messages, and the bases of closed rooms, that were dropped since the last call, for the caller to
    /// free after it has released the lock of the core.
    #[must_use]
    pub fn take_discarded(&mut self) -> Vec<Discarded> {
        self.hub.take_discarded()
    }

    /// Evaluates staleness timers and serves the rooms that are due. The work of one call is bounded; the rest remains
    /// due, so the caller can release the lock between calls.
    pub fn tick(&mut self, now: Moment) -> Served {
        // Run before the rooms are served, so that this tick delivers changes of connection.
        self.run_staleness_timers(now);
        self.hub.serve(&mut self.table, now)
    }

    /// Returns the time at which [`Core::tick`] is due, in microseconds of uptime; `None` if there is nothing to do.
    #[must_use]
    pub fn next_tick_us(&self) -> Option<u64> {
        let silence_us = self
            .next_timer_us()
            .map(|at_us| self.running_time.uptime_us(at_us));
        [self.hub.next_due_us(), silence_us].into_iter().flatten().min()
    }

    /// Records that the task that receives messages from robots, or one on the same thread, is running. It must call
    /// this before each of its ticks, and tick at the times that [`Core::next_beat_us`] returns. If a call comes late,
    /// the server was not running in the meantime, and this time does not count as silence of its robots, whose
    /// messages are waiting to be received. Returns the length of the time that does not count.
    pub fn beat(&mut self, now: Moment) -> Duration {
        self.running_time.beat(now.uptime_us)
    }

    /// Returns the time at which the next beat and tick are due, in microseconds of uptime; `None` if there is nothing
    /// to do. While a staleness timer is running, this time is always close.
    pub fn next_beat_us(&mut self, now: Moment) -> Option<u64> {
        let next_tick_us = self.next_tick_us();
        if self.next_timer_us().is_none() {
            self.running_time.expect_no_beat();
            return next_tick_us;
        }
        let next_beat_us = RunningTime::next_beat_us(now.uptime_us);
        Some(next_tick_us.map_or(next_beat_us, |tick_us| tick_us.min(next_beat_us)))
    }

    /// Returns the running time at which a staleness timer expires next; `None` if none can expire.
    fn next_timer_us(&self) -> Option<u64> {
        self.feed.is_up.then(|| self.staleness_timers.next_us()).flatten()
    }

    /// Returns the running time at a moment, in microseconds.
    fn running_us(&self, moment: Moment) -> u64 {
        self.running_time.at_us(moment.uptime_us)
    }

    /// Returns up to `limit` statuses that the registry may not have recorded yet, of the vehicles that follow `after`
    /// in the order of their ids.
    #[must_use]
    pub fn pending_statuses(
        &self,
        after: Option<VehicleId>,
        limit: usize,
    ) -> Vec<(VehicleId, VehicleStatus)> {
        let from = after.map_or(Unbounded, Excluded);
        let some = self.statuses.range((from, Unbounded)).take(limit);
        some.map(|(&id, &status)| (id, status)).collect()
    }

    /// Removes statuses that the registry recorded at `at`, according to its own clock. A status that has changed in
    /// the meantime remains pending.
    pub fn statuses_recorded(&mut self, recorded: &[(VehicleId, VehicleStatus)], at: OffsetDateTime) {
        for &(id, status) in recorded {
            if self.statuses.get(&id) == Some(&status) {
                self.statuses.remove(&id);
            }
            if let Some(index) = self.table.index_of(id) {
                self.table.at_mut(index).status_recorded_at = Some(at);
            }
        }
    }

    /// Queues a changed view of a vehicle for the rooms that see it.
    fn changed(&mut self, index: VehicleIndex, now: Moment) {
        let vehicle = self.table.at_mut(index);
        vehicle.outdate_view();
        if vehicle.is_enabled && vehicle.has_data() {
            self.table.appear(index);
        }
        self.hub
            .mark_changed(index, self.table.at_mut(index), now.uptime_us);
    }

    /// Queues an event of a vehicle for the watchers of the vehicle and for the rooms that see the vehicle.
    fn happened(&mut self, index: VehicleIndex, event: LiveEvent, now: Moment) {
        let vehicle = event.vehicle_id();
        if self.vehicle_watchers.is_watched(vehicle)
            && let Some(news) = self.news_of(index, &event, now)
        {
            self.vehicle_watchers.notify(vehicle, IndexedNews { index, news });
        }
        self.hub.notify_of(event, self.table.at_mut(index), now.uptime_us);
    }

    /// Returns the news of an event for vehicle watchers; `None` for changes of status and removals, which they receive
    /// as [`VehicleNews::StatusReported`] and [`VehicleNews::Changed`].
    fn news_of(&mut self, index: VehicleIndex, event: &LiveEvent, now: Moment) -> Option<VehicleNews> {
        let vehicle = self.table.at_mut(index).vehicle();
        match event {
            LiveEvent::ConnectionChange {
                connection,
                reason,
                since,
                ..
            } => Some(VehicleNews::ConnectionChanged {
                vehicle,
                connection: *connection,
                reason,
                since: *since,
            }),
            LiveEvent::VehicleError { code, .. } => Some(VehicleNews::ErrorRaised {
                vehicle,
                code: code.clone(),
                at: now.wall(),
            }),
            _ => None,
        }
    }

    /// Records that a message from a vehicle was received at `at`.
    fn message_received(&mut self, index: VehicleIndex, at: Moment, now: Moment) {
        let LiveRules {
            freshness, key_ttl, ..
        } = self.rules;
        let heard_us = self.running_us(at);
        let vehicle = self.table.at_mut(index);
        // A message that was held back by the rate limit may arrive after newer ones of other kinds.
        vehicle.received_at = Some(vehicle.received_at.map_or(at, |known| later(at, known)));
        vehicle.heard_us = vehicle.heard_us.max(heard_us);
        vehicle.keys.keep_until(at.after(key_ttl));
        // Later messages do not move the timer; it is set again when it expires. A message therefore costs no heap
        // operation.
        if !vehicle.has_staleness_timer {
            vehicle.has_staleness_timer = true;
            let deadline_us = heard_us.saturating_add(whole_us(freshness.stale_after));
            self.staleness_timers
                .watch(index, vehicle.generation, deadline_us);
        }
        if vehicle.connection != ConnectionStatus::Connected {
            self.change_connection(
                index,
                ConnectionStatus::Connected,
                "message received",
                now.wall(),
                now,
            );
        }
    }

    fn change_connection(
        &mut self,
        index: VehicleIndex,
        connection: ConnectionStatus,
        reason: &'static str,
        since: Timestamp,
        now: Moment,
    ) {
        let vehicle = self.table.at_mut(index);
        vehicle.connection = connection;
        vehicle.outdate_view();
        let event = LiveEvent::ConnectionChange {
            vehicle_id: vehicle.id,
            connection,
            reason,
            since,
        };
        self.happened(index, event, now);
    }

    /// Derives the connection status of a re-enabled vehicle from the time since its last message, and starts a timer
    /// if none is running. Timers of disabled vehicles are not renewed.
    fn judge_staleness_of(&mut self, index: VehicleIndex, now: Moment) {
        let freshness = self.rules.freshness;
        let running_us = self.running_us(now);
        let vehicle = self.table.at_mut(index);
        if vehicle.received_at.is_none() {
            self.judge_by_keys(index, now);
            return;
        }
        let silent_since_us = self.feed.silent_since_us(vehicle.heard_us);
        let next_change = if self.feed.is_up {
            vehicle.connection = freshness.judge(between_us(silent_since_us, running_us));
            freshness.next_change_after(vehicle.connection)
        } else {
            // No vehicle becomes stale while the feed is down. The timer decides once the feed is up again.
            Some(freshness.stale_after)
        };
        vehicle.outdate_view();
        if !vehicle.has_staleness_timer
            && let Some(silence) = next_change
        {
            vehicle.has_staleness_timer = true;
            let due_us = silent_since_us.saturating_add(whole_us(silence));
            self.staleness_timers.watch(index, vehicle.generation, due_us);
        }
    }

    /// Derives the connection status of a vehicle from the age of its live keys, and starts a timer if none is running.
    /// Called only while this server has received no message from the vehicle.
    fn judge_by_keys(&mut self, index: VehicleIndex, now: Moment) {
        let freshness = self.rules.freshness;
        let running_us = self.running_us(now);
        let vehicle = self.table.at_mut(index);
        let Some(kept) = vehicle.kept else {
            return;
        };
        let silence = kept.silence(running_us);
        let judged = freshness.judge(silence);
        if let Some(next) = freshness.next_change_after(judged)
            && !vehicle.has_staleness_timer
        {
            vehicle.has_staleness_timer = true;
            let due_us = running_us.saturating_add(whole_us(next.saturating_sub(silence)));
            self.staleness_timers.watch(index, vehicle.generation, due_us);
        }
        if vehicle.connection != judged {
            self.change_connection(index, judged, "live keys read", kept.at, now);
        }
    }

    fn run_staleness_timers(&mut self, now: Moment) {
        if !self.feed.is_up {
            return;
        }
        let (freshness, feed, running_us) = (self.rules.freshness, self.feed, self.running_us(now));
        for _ in 0..TIMERS_AT_ONCE {
            let Some((index, generation)) = self.staleness_timers.pop_due(running_us) else {
                break;
            };
            let Some(vehicle) = self.table.same_at_mut(index, generation) else {
                continue;
            };
            let (silence, since) = match (vehicle.received_at, vehicle.kept) {
                (None, Some(kept)) => (kept.silence(running_us), kept.at),
                (received, _) => {
                    let received = received.map_or(feed.since, |received| later(received, feed.since));
                    let silent_since_us = feed.silent_since_us(vehicle.heard_us);
                    (between_us(silent_since_us, running_us), received.wall())
                }
            };
            let judged = freshness.judge(silence);
            match freshness.next_change_after(judged) {
                Some(next) if vehicle.is_enabled => {
                    let due_us = running_us.saturating_add(whole_us(next.saturating_sub(silence)));
                    self.staleness_timers.watch(index, generation, due_us);
                }
                _ => vehicle.has_staleness_timer = false,
            }
            // A timer never makes a vehicle connected: a short silence here means that the feed was restored only
            // recently.
            let (before, is_enabled) = (vehicle.connection, vehicle.is_enabled);
            if is_enabled && judged != before && judged != ConnectionStatus::Connected {
                self.change_connection(index, judged, "no message received", since, now);
            }
        }
    }
}

impl Feed {
    /// Returns the running time since which a vehicle has been silent, given that of its last message. Silence begins
    /// when the feed is restored at the earliest.
    fn silent_since_us(&self, heard_us: u64) -> u64 {
        heard_us.max(self.since_us)
    }
}

/// Returns the time between two running times; zero if the first one is later.
const fn between_us(from_us: u64, until_us: u64) -> Duration {
    Duration::from_micros(until_us.saturating_sub(from_us))
}

fn later(a: Moment, b: Moment) -> Moment {
    if b.uptime_us > a.uptime_us { b } else { a }
}

#[cfg(test)]
mod tests;
