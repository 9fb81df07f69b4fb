//! The live core, shared by the parts of a server.

mod ingest;
mod instruments;
mod lock_holds;
mod registry;
mod rehearsal;
mod survey;
mod traces;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use ::live::{
    Batch, Core, CurrentState, LiveRules, LiveStats, MAX_TOPICS, Oldest, Outlet, SubscribeError,
    TracedMessage,
};
use domain::{
    AccessScope, VehicleId,
    telemetry::{PlausibilityRules, Timestamp},
    vehicle::Vehicle,
};
use parking_lot::Mutex;
use tokio::sync::Notify;
use uuid::Uuid;

pub use self::traces::MessageTraces;
use self::{instruments::Instruments, lock_holds::LockHolds};
use super::{key_access::KeyAccess, registry_status::RegistryStatus};
use crate::{
    Moment,
    error::Error,
    ports::{Clock, LiveRecord},
    telemetry::{Channel, Reason},
};

/// Maximum number of vehicles that are read, or of subscribers and watches that are notified, under one lock.
const AT_ONCE: usize = 500;

/// Time after which changes to several vehicles release the lock, regardless of the number of subscribers that each of
/// them affects, and of the size of messages.
const TURN: Duration = Duration::from_micros(300);

/// Time that the server did not run, above which this is logged. A shorter one may be due to a heavy load.
const LONG_PAUSE: Duration = Duration::from_secs(1);

/// Number of parts of messages, or of vehicles in the table, that are processed between two readings of the clock.
const PARTS_PER_LOOK: usize = 8;

/// The live core behind its lock, shared by everything that feeds, changes or follows it.
///
/// `read` and `change` give access to the core. The other methods divide long work into portions and release the lock
/// after each, wake workers, and update metrics.
pub struct Live {
    core: Mutex<Core>,
    lock_holds: LockHolds,
    rules: LiveRules,
    clock: Arc<dyn Clock>,
    traces: Option<MessageTraces>,
    instruments: Instruments,
    registry_status: RegistryStatus,
    /// The pseudo vehicle of this server's canaries. It is random, so servers have different ones.
    pub(super) canary_vehicle: VehicleId,
    pub(crate) key_access: KeyAccess,
    /// Wakes the task that calls [`Live::tick`], because something is due earlier than planned.
    pub(super) sooner: Notify,
    /// Wakes the synchronisation of the live keys, because nothing is known about them.
    pub(crate) key_sync: Notify,
    /// Wakes the same task as `key_sync`, for vehicles that another server has added, changed or deleted.
    pub(crate) key_follow: Notify,
}

impl From<SubscribeError> for Error {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::UnknownVehicle => Self::vehicle_not_found(),
            SubscribeError::TooManyTopics => Self::LimitReached {
                what: "subscriptions",
                limit: MAX_TOPICS as u32,
            },
        }
    }
}

impl Live {
    /// Creates a core without vehicles, whose feed is down until [`Live::set_feed`] reports otherwise.
    #[must_use]
    pub fn new(rules: LiveRules, clock: Arc<dyn Clock>, traces: Option<MessageTraces>) -> Arc<Self> {
        let core = Mutex::new(Core::new(rules, clock.now()));
        let [sooner, key_sync, key_follow] = [(); 3].map(|()| Notify::new());
        Arc::new(Self {
            core,
            lock_holds: LockHolds::default(),
            rules,
            clock,
            traces,
            instruments: Instruments::default(),
            registry_status: RegistryStatus::default(),
            canary_vehicle: VehicleId::from_uuid(Uuid::new_v4()),
            key_access: KeyAccess::default(),
            sooner,
            key_sync,
            key_follow,
        })
    }

    /// Gives access to the core for an operation that schedules no earlier work.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&mut Core, Moment) -> T) -> T {
        let now = self.clock.now();
        // `_discarded` is dropped at the end of the function, when the lock is free again.
        let (result, _discarded) = {
            let mut core = self.core.lock();
            let _hold = self.lock_holds.begin();
            (look(&mut core, now), core.take_discarded())
        };
        result
    }

    /// Gives access to the core for a change, and then executes work that is due.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Core, Moment) -> T) -> T {
        let (result, has_become_due) = self.read(|core, now| {
            // The ticker sleeps until this time at the latest.
            let planned_us = core.next_tick_us();
            let result = change(core, now);
            // This happens under the same lock, so that a room that was quiet is served without a detour through the
            // ticker.
            self.instruments.served(core.tick(now));
            self.instruments.counted(core.stats());
            let next_us = core.next_tick_us();
            (
                result,
                next_us.is_some_and(|next| planned_us.is_none_or(|planned| next < planned)),
            )
        });
        if has_become_due {
            // The ticker is woken only if something became due earlier; otherwise each message would wake it.
            self.sooner.notify_one();
        }
        result
    }

    /// Adds or removes a subscriber. No tick is needed, because this makes nothing due.
    pub(super) fn change_subscribers<T>(&self, change: impl FnOnce(&mut Core) -> T) -> T {
        self.read(|core, _| {
            let result = change(core);
            self.instruments.counted(core.stats());
            result
        })
    }

    /// Changes the core once for each item. The lock is released about every 300 µs, or after a single item if that
    /// takes longer.
    fn change_each<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        mut change: impl FnMut(&mut Core, T, Moment),
    ) {
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            self.change(|core, now| {
                let began = Instant::now();
                for item in items.by_ref() {
                    change(core, item, now);
                    if began.elapsed() >= TURN {
                        break;
                    }
                }
            });
        }
    }

    /// Executes what is due, and returns the time after which this must be called again; `None` if nothing is planned.
    ///
    /// A call that comes late shows that the server did not run in the meantime. This method must therefore be called by
    /// a task that can only run while messages from robots can be received, such as one on the same thread as the
    /// receiving task.
    pub fn tick(&self) -> Option<Duration> {
        let (pause, next) = self.read(|core, now| {
            // First, because timers must not expire before the messages that arrived during the pause are received.
            let pause = core.beat(now);
            self.instruments.served(core.tick(now));
            let next_us = core.next_beat_us(now);
            let next = next_us.map(|next_us| Duration::from_micros(next_us.saturating_sub(now.uptime_us)));
            (pause, next)
        });
        if pause >= LONG_PAUSE {
            tracing::warn!(
                pause_s = pause.as_secs_f64(),
                "this server did not run for some time: it was stopped, or there was no CPU time for it; robots are \
                 not reported as silent for this time"
            );
        }
        next
    }

    /// Returns the longest time for which the lock was held since the last call.
    pub(super) fn take_longest_hold(&self) -> Duration {
        self.lock_holds.take_longest()
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    #[must_use]
    pub fn stats(&self) -> LiveStats {
        self.read(|core, _| core.stats())
    }

    #[must_use]
    pub const fn rules(&self) -> &LiveRules {
        &self.rules
    }

    #[must_use]
    pub const fn registry_status(&self) -> &RegistryStatus {
        &self.registry_status
    }

    #[must_use]
    pub fn is_visible(&self, scope: &AccessScope, id: VehicleId) -> bool {
        self.read(|core, _| core.is_visible(scope, id))
    }

    /// Returns for each vehicle whether it exists and is within a scope, in the order of `ids`. The lock is released
    /// between chunks.
    #[must_use]
    pub(crate) fn are_visible(&self, scope: &AccessScope, ids: &[VehicleId]) -> Vec<bool> {
        let mut visible = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            self.read(|core, _| visible.extend(some.iter().map(|&id| core.is_visible(scope, id))));
        }
        visible
    }

    /// Returns the current states of vehicles, in the order of `ids`; `None` for unknown vehicles. The lock is released
    /// between chunks.
    #[must_use]
    pub fn current_states(&self, ids: &[VehicleId]) -> Vec<Option<CurrentState>> {
        let mut states = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            self.read(|core, now| states.extend(some.iter().map(|&id| core.present(id, now))));
        }
        states
    }

    /// Returns vehicles with their current status, in the order of `ids`; `None` for unknown vehicles. The lock is
    /// released between chunks.
    #[must_use]
    pub fn vehicles(&self, ids: &[VehicleId]) -> Vec<Option<Arc<Vehicle>>> {
        let mut vehicles = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            self.read(|core, _| vehicles.extend(some.iter().map(|&id| core.vehicle(id))));
        }
        vehicles
    }

    pub fn set_feed(&self, is_up: bool) {
        let is_change = self.change(|core, now| core.set_feed(is_up, now));
        let mut from = is_change.then_some(0);
        while let Some(place) = from {
            from = self.read(|core, _| core.report_feed(place, AT_ONCE));
        }
        self.instruments.feed(is_up);
    }

    /// Requests a reconciliation of all live keys.
    pub fn request_key_sync(&self) {
        self.key_sync.notify_one();
    }

    /// Stores the content of live keys that is plausible and newer than the known data.
    pub fn restore(&self, records: Vec<LiveRecord>) {
        self.change_each(records, |core, record, now| core.restore(record, now));
    }

    /// Adopts the content of live keys that another server has written repeatedly; see [`Core::resolve_tie`].
    pub(crate) fn resolve_ties(&self, records: Vec<LiveRecord>) {
        self.change_each(records, |core, record, now| core.resolve_tie(record, now));
    }

    /// Returns the plausibility rules and the current time, to check records that are stored elsewhere.
    #[must_use]
    pub(crate) fn judgement(&self) -> (&PlausibilityRules, Timestamp) {
        (&self.rules.plausibility, self.now().wall())
    }

    pub(crate) fn is_failing_to_write_keys(&self) -> bool {
        self.key_access.is_failing()
    }

    /// Returns the latest robot timestamp that is plausible now.
    pub(crate) fn latest_believed(&self) -> Timestamp {
        let ahead = u64::try_from(self.rules.plausibility.max_ahead_ms).unwrap_or_default();
        self.now().wall() + Duration::from_millis(ahead)
    }

    pub(super) fn rate_limited(&self, channel: Option<Channel>, parts: u64) {
        if let Some(channel) = channel
            && parts > 0
        {
            self.instruments.not_taken(channel, Reason::RateLimited, parts);
        }
    }

    pub fn lagged(&self, messages: u64) {
        self.instruments.lagged(messages);
    }

    /// Records that a subscriber has written views of a batch to its client. `oldest` has the times of the oldest new
    /// data in these views, `vehicles` is the number of views, and `delivered` has the traced messages whose data they
    /// contain. The first write of traced messages through an outlet ends their traces.
    pub(super) fn written(
        &self,
        batch: &Batch,
        oldest: Oldest,
        vehicles: usize,
        delivered: &[TracedMessage],
        outlet: Outlet,
    ) {
        let now = self.clock.now();
        self.instruments.written(oldest, now);
        if let Some(traces) = &self.traces
            && !delivered.is_empty()
            && batch.wants_its_flush_recorded(outlet)
        {
            traces.flushed(batch, delivered, vehicles, outlet, now);
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Live({:?})", self.stats())
    }
}

#[cfg(test)]
mod tests;
