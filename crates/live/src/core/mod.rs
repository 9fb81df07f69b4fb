//! The rules for one message, one mutation and one tick, as functions of the time.

mod ingest;
mod keys;
mod queries;
mod registry;
mod selection;
mod subscribers;
mod watching;

pub use ingest::Outcome;
pub use keys::KeyCheck;
pub use queries::LiveStats;
pub use selection::{Selected, Selection};
pub use subscribers::UnknownVehicle;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, FreshnessRules, PlausibilityRules, Timestamp},
    vehicle::VehicleStatus,
};

use crate::{
    dirty_set::DirtySet,
    event::LiveEvent,
    hub::{Hub, Served},
    indices::VehicleIndex,
    live_table::LiveTable,
    mailbox::FeedStatus,
    moment::Moment,
    registry_watch::Watchers,
    staleness_timers::StalenessTimers,
    vehicle_watch::{IndexedNews, VehicleNews, VehicleWatchers},
};

/// The most vehicles whose silence one tick judges: a whole fleet may have gone silent at once, and the lock must be free for
/// others in between.
const SILENCES_AT_ONCE: usize = 1_000;

/// The rules by which the live core judges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveRules {
    /// Which positions are believed.
    pub plausibility: PlausibilityRules,
    /// How long a vehicle may be silent.
    pub freshness: FreshnessRules,
    /// How long a vehicle's live keys outlive its last message.
    pub key_ttl: Duration,
}

/// The whole live state of a server.
#[derive(Debug)]
pub struct Core {
    rules: LiveRules,
    table: LiveTable,
    hub: Hub,
    watchers: Watchers,
    vehicle_watchers: VehicleWatchers,
    staleness_timers: StalenessTimers,
    feed: Feed,
    /// Vehicles whose live keys are behind.
    unsynced: DirtySet,
    /// Vehicles that another server has enabled, disabled or deleted: the live keys follow.
    relisted: BTreeSet<VehicleId>,
    /// The robots' own word of their status that the registry has not taken down yet.
    statuses: HashMap<VehicleId, VehicleStatus>,
}

/// Whether robots are heard, and since when this has been so.
#[derive(Debug, Clone, Copy)]
struct Feed {
    is_up: bool,
    since: Moment,
    /// `false` until the first report of the feed's status.
    is_known: bool,
}

impl Core {
    /// A core that knows no vehicle yet and hears none: its feed is down until it is told otherwise.
    #[must_use]
    pub fn new(rules: LiveRules, now: Moment) -> Self {
        Self {
            rules,
            table: LiveTable::default(),
            hub: Hub::default(),
            watchers: Watchers::default(),
            vehicle_watchers: VehicleWatchers::default(),
            staleness_timers: StalenessTimers::default(),
            feed: Feed {
                is_up: false,
                since: now,
                is_known: false,
            },
            unsynced: DirtySet::default(),
            relisted: BTreeSet::new(),
            statuses: HashMap::new(),
        }
    }

    /// Whether robots are heard.
    #[must_use]
    pub fn feed(&self) -> FeedStatus {
        FeedStatus {
            is_up: self.feed.is_up,
            since: self.feed.since.wall(),
        }
    }

    /// Whether it was found out if robots are heard.
    #[must_use]
    pub const fn is_feed_known(&self) -> bool {
        self.feed.is_known
    }

    /// The feed was lost, or is back. While it is down nobody is called silent; when it is back, silence
    /// counts from then, because robots that were not heard are not robots that said nothing.
    pub fn set_feed(&mut self, is_up: bool, now: Moment) {
        self.feed.is_known = true;
        if self.feed.is_up != is_up {
            self.feed = Feed {
                is_up,
                since: now,
                is_known: true,
            };
            self.hub.queue_feed_status(self.feed());
        }
    }

    /// Finds vehicles that have gone silent and serves rooms whose time has come. When there is very much to do, a part of it
    /// stays due, so that the lock is free in between.
    pub fn tick(&mut self, now: Moment) -> Served {
        self.run_staleness_timers(now);
        self.hub.serve(&mut self.table, now)
    }

    /// When [`Core::tick`] has something to do, in microseconds of uptime.
    #[must_use]
    pub fn next_tick_us(&self) -> Option<u64> {
        let silence_us = if self.feed.is_up {
            self.staleness_timers.next_us()
        } else {
            None
        };
        [self.hub.next_due_us(), silence_us].into_iter().flatten().min()
    }

    /// The statuses that the registry has not taken down yet.
    #[must_use]
    pub fn pending_statuses(&self) -> Vec<(VehicleId, VehicleStatus)> {
        self.statuses.iter().map(|(&id, &status)| (id, status)).collect()
    }

    /// The registry has taken these down. One that has changed since stays.
    pub fn statuses_recorded(&mut self, recorded: &[(VehicleId, VehicleStatus)]) {
        for (id, status) in recorded {
            if self.statuses.get(id) == Some(status) {
                self.statuses.remove(id);
            }
        }
    }

    /// A vehicle's view changed.
    fn changed(&mut self, index: VehicleIndex, now: Moment) {
        let vehicle = self.table.at_mut(index);
        vehicle.outdate_view();
        self.hub.settle(vehicle);
        self.hub.mark(index, &vehicle.rooms, now.uptime_us);
    }

    /// Something happened to a vehicle.
    fn happened(&mut self, index: VehicleIndex, event: LiveEvent, now: Moment) {
        let vehicle = event.vehicle_id();
        if self.vehicle_watchers.is_watched(vehicle)
            && let Some(news) = self.news_of(index, &event, now)
        {
            self.vehicle_watchers.tell(vehicle, IndexedNews { index, news });
        }
        let vehicle = self.table.at_mut(index);
        self.hub.settle(vehicle);
        self.hub.tell(&Arc::new(event), &vehicle.rooms, now.uptime_us);
    }

    /// Returns the news of an event for watchers of vehicles. Changes of status and removals reach them with the vehicle's data,
    /// before and after.
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

    /// A vehicle was heard.
    fn heard(&mut self, index: VehicleIndex, at: Moment, now: Moment) {
        let LiveRules {
            freshness, key_ttl, ..
        } = self.rules;
        let vehicle = self.table.at_mut(index);
        vehicle.received_at = Some(at);
        vehicle.keys.keep_until(at.after(key_ttl));
        if !vehicle.has_staleness_timer {
            vehicle.has_staleness_timer = true;
            let deadline = at.after(freshness.stale_after).uptime_us;
            self.staleness_timers.watch(index, vehicle.generation, deadline);
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

    /// Judges a vehicle that comes back by its silence until now, as nobody has followed it, and follows it again.
    fn judge_staleness_of(&mut self, index: VehicleIndex, now: Moment) {
        let freshness = self.rules.freshness;
        let vehicle = self.table.at_mut(index);
        let Some(received_at) = vehicle.received_at else {
            self.judge_kept(index, now);
            return;
        };
        let heard = later(received_at, self.feed.since);
        let next_change = if self.feed.is_up {
            vehicle.connection = freshness.judge(now.since(heard));
            freshness.next_change_after(vehicle.connection)
        } else {
            // Nobody is called silent now; it is found out when the feed is back.
            Some(freshness.stale_after)
        };
        vehicle.outdate_view();
        if !vehicle.has_staleness_timer
            && let Some(silence) = next_change
        {
            vehicle.has_staleness_timer = true;
            self.staleness_timers
                .watch(index, vehicle.generation, heard.after(silence).uptime_us);
        }
    }

    /// Judges a vehicle that was not heard here by the age of what its live keys hold, and follows it from now on.
    fn judge_kept(&mut self, index: VehicleIndex, now: Moment) {
        let freshness = self.rules.freshness;
        let vehicle = self.table.at_mut(index);
        let Some(kept_at) = vehicle.kept_at else {
            return;
        };
        let age = age_of(kept_at, now);
        let judged = freshness.judge(age);
        if let Some(next) = freshness.next_change_after(judged)
            && !vehicle.has_staleness_timer
        {
            vehicle.has_staleness_timer = true;
            let due = now.after(next.saturating_sub(age));
            self.staleness_timers
                .watch(index, vehicle.generation, due.uptime_us);
        }
        if vehicle.connection != judged {
            self.change_connection(index, judged, "live keys read", kept_at, now);
        }
    }

    fn run_staleness_timers(&mut self, now: Moment) {
        if !self.feed.is_up {
            return;
        }
        let freshness = self.rules.freshness;
        for _ in 0..SILENCES_AT_ONCE {
            let Some((index, generation)) = self.staleness_timers.pop_due(now.uptime_us) else {
                break;
            };
            let feed_since = self.feed.since;
            let Some(vehicle) = self.table.same_at_mut(index, generation) else {
                continue;
            };
            let (silence, since) = match (vehicle.received_at, vehicle.kept_at) {
                (None, Some(kept_at)) => (age_of(kept_at, now), kept_at),
                (heard, _) => {
                    let heard = heard.map_or(feed_since, |heard| later(heard, feed_since));
                    (now.since(heard), heard.wall())
                }
            };
            let judged = freshness.judge(silence);
            match freshness.next_change_after(judged) {
                Some(next) if vehicle.is_enabled => {
                    let due = now.after(next.saturating_sub(silence));
                    self.staleness_timers.watch(index, generation, due.uptime_us);
                }
                _ => vehicle.has_staleness_timer = false,
            }
            let (before, is_enabled) = (vehicle.connection, vehicle.is_enabled);
            if is_enabled && judged != before && judged != ConnectionStatus::Connected {
                self.change_connection(index, judged, "no message received", since, now);
            }
        }
    }
}

/// The age of a robot's time by the calendar; none for a time in the future.
fn age_of(timestamp: Timestamp, now: Moment) -> Duration {
    Duration::from_millis(u64::try_from(now.wall().ms_since(timestamp)).unwrap_or(0))
}

fn later(a: Moment, b: Moment) -> Moment {
    if b.uptime_us > a.uptime_us { b } else { a }
}

#[cfg(test)]
mod tests;
