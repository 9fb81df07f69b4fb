//! The door to the live core.

mod instruments;
mod keys;
mod survey;
mod traces;
mod vehicles;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    AccessScope, VehicleId,
    telemetry::{Acceptance, VehiclePosition, VehicleRuntimeState},
    vehicle::{Vehicle, VehicleStatus},
};
use parking_lot::Mutex;
use tokio::sync::Notify;

use self::instruments::Instruments;
use super::{
    batch::Delivery,
    core::{Core, LiveRules, Outcome},
    hub::SubscriberId,
    interest::Topic,
    kept,
    mailbox::{FeedStatus, Mailbox},
    present::Present,
    registry_watch::{Queue, RegistryWatch, WatcherId},
    roster::RosterPage,
    subscriber::Subscriber,
};
use crate::{
    error::{Error, Result},
    moment::Moment,
    ports::{Clock, LiveRecord, PathTracer},
    registry::RegistryEvent,
    telemetry::{Channel, DeadLetter, Inbound, Item, Reason, Rejection, Report},
};

pub(super) use keys::KeyCheck;
pub(crate) use survey::Selection;

/// The live core, shared by all who feed it, change it and watch it.
pub struct Live {
    core: Mutex<Core>,
    rules: LiveRules,
    clock: Arc<dyn Clock>,
    tracer: Option<Arc<dyn PathTracer>>,
    instruments: Instruments,
    /// Wakes the task that calls [`Live::tick`] when there is something to do sooner than it thought.
    pub(super) sooner: Notify,
    /// Wakes the task that brings the live keys in step.
    pub(super) key_sync: Notify,
    /// Wakes the same task for vehicles that another server has enabled, disabled or deleted.
    pub(super) key_follow: Notify,
    /// Wakes the task that follows the log of the registry.
    pub(super) log_grew: Notify,
}

/// How many vehicles are changed while nobody else has the core.
const AT_ONCE: usize = 500;

/// How long messages are judged while nobody else has the core: a message of a megabyte must not keep others waiting.
const TURN: Duration = Duration::from_micros(300);

/// How many parts are judged between two looks at the clock.
const PARTS_PER_LOOK: usize = 8;

/// Figures of the live core at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveStats {
    /// Vehicles of the registry.
    pub vehicles: usize,
    /// Those of them that are enabled.
    pub enabled: usize,
    /// Watchers.
    pub subscribers: usize,
    /// Whether robots are heard.
    pub feed: FeedStatus,
}

impl Live {
    /// A core that knows no vehicle yet, and hears none: its feed is down until somebody says otherwise.
    #[must_use]
    pub fn new(rules: LiveRules, clock: Arc<dyn Clock>, tracer: Option<Arc<dyn PathTracer>>) -> Arc<Self> {
        let core = Mutex::new(Core::new(rules, clock.now()));
        let [sooner, key_sync, key_follow, log_grew] = [(); 4].map(|()| Notify::new());
        Arc::new(Self {
            core,
            rules,
            clock,
            tracer,
            instruments: Instruments::default(),
            sooner,
            key_sync,
            key_follow,
            log_grew,
        })
    }

    /// Figures for health checks and metrics.
    #[must_use]
    pub fn stats(&self) -> LiveStats {
        let core = self.core.lock();
        LiveStats {
            vehicles: core.table.len(),
            enabled: core
                .table
                .iter()
                .filter(|(_, vehicle)| vehicle.is_enabled)
                .count(),
            subscribers: core.hub.member_count(),
            feed: core.feed(),
        }
    }

    /// This server changed vehicles in the registry: in force when this returns. Others hear of it by the log,
    /// which is read at once.
    pub fn registry_changed(&self, vehicles: &[Vehicle]) {
        self.upsert_all(vehicles);
        self.log_grew();
    }

    /// This server wrote into the log of the registry: it is read at once, and the others are told.
    pub fn log_grew(&self) {
        self.log_grew.notify_one();
    }

    /// Brings a vehicle in step with the registry: added, enabled, disabled, or removed when it was deleted.
    /// In force when this returns.
    pub fn upsert(&self, vehicle: &Vehicle) {
        self.upsert_all(std::slice::from_ref(vehicle));
    }

    fn upsert_all(&self, vehicles: &[Vehicle]) {
        for some in vehicles.chunks(AT_ONCE) {
            self.change(|core, now| {
                for vehicle in some {
                    core.upsert(vehicle, now);
                }
            });
        }
    }

    /// Takes over events of the log, and notifies the watchers of the registry. The live keys follow.
    pub(super) fn follow(&self, events: &[RegistryEvent]) {
        let mut has_news = false;
        for some in events.chunks(AT_ONCE) {
            has_news |= self.change(|core, now| {
                some.iter()
                    .fold(false, |news, event| core.follow(event, now) | news)
            });
        }
        if has_news {
            self.key_follow.notify_one();
        }
    }

    /// Brings everything in step with all that the registry has.
    pub(super) fn take_over(&self, all: &[Vehicle]) {
        self.change(|core, now| core.take_over(all, now));
    }

    /// Lets somebody watch the registry: the vehicles of a scope, or one of them. Which vehicles there are is not
    /// told; ask for them after this, and nothing is missed.
    #[must_use]
    pub fn watch_registry(
        self: &Arc<Self>,
        scope: impl Into<Arc<AccessScope>>,
        vehicle: Option<VehicleId>,
    ) -> RegistryWatch {
        let queue = Arc::new(Queue::default());
        let id = self
            .core
            .lock()
            .watchers
            .join(scope.into(), vehicle, Arc::clone(&queue));
        RegistryWatch::new(Arc::clone(self), id, queue)
    }

    /// What happened in the registry can't be told any more.
    pub(super) fn lose_registry_news(&self) {
        self.core.lock().watchers.lose();
    }

    pub(super) fn change_watch_scope(&self, id: WatcherId, scope: Arc<AccessScope>) {
        self.core.lock().watchers.change_scope(id, scope);
    }

    pub(super) fn change_scope(&self, id: SubscriberId, scope: Arc<AccessScope>) {
        self.change(|core, now| {
            core.hub.change_scope(id, scope, &mut core.table, now);
        });
    }

    pub(super) fn unwatch_registry(&self, id: WatcherId) {
        self.core.lock().watchers.part(id);
    }

    /// The presents of several vehicles; `None` for one that is not known.
    #[must_use]
    pub fn presents(&self, ids: &[VehicleId]) -> Vec<Option<Present>> {
        let now = self.clock.now();
        let core = self.core.lock();
        ids.iter().map(|&id| core.present(id, now)).collect()
    }

    /// The newest position of a vehicle.
    #[must_use]
    pub fn position(&self, id: VehicleId) -> Option<VehiclePosition> {
        self.core.lock().table.find(id)?.track.newest().cloned()
    }

    /// The newest state of a vehicle.
    #[must_use]
    pub fn state(&self, id: VehicleId) -> Option<VehicleRuntimeState> {
        self.core.lock().table.find(id)?.state.clone()
    }

    /// Whether a vehicle is there, and within the scope.
    #[must_use]
    pub fn is_visible(&self, scope: &AccessScope, id: VehicleId) -> bool {
        self.core
            .lock()
            .table
            .find(id)
            .is_some_and(|vehicle| vehicle.is_within(scope))
    }

    /// Lets somebody watch what lies in a scope, with at most one position of each vehicle per interval.
    #[must_use]
    pub fn connect(self: &Arc<Self>, scope: impl Into<Arc<AccessScope>>, interval: Duration) -> Subscriber {
        let mailbox = Arc::new(Mailbox::default());
        let mut core = self.core.lock();
        let feed = core.feed();
        if !feed.is_up {
            mailbox.put_feed(feed);
        }
        let id = core.hub.join(Arc::clone(&mailbox), scope.into(), interval);
        Subscriber {
            live: Arc::clone(self),
            id,
            mailbox,
        }
    }

    /// The live keys are out of step, because they could not be written: a worker brings them in step.
    pub fn request_key_sync(&self) {
        self.key_sync.notify_one();
    }

    /// The time by the clock that the core goes by.
    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Judges messages and delivers what can be true. Gives back what was not taken.
    ///
    /// Others get the core after at most [`TURN`], however many messages there are.
    pub fn receive(&self, messages: Vec<Inbound>) -> Vec<DeadLetter> {
        let parts = messages.into_iter().flat_map(|message| {
            let (channel, received_at) = (message.channel, message.received_at);
            message
                .items
                .into_iter()
                .map(move |item| (channel, received_at, item))
        });
        let mut parts = parts.peekable();
        let (mut dead, mut rejected) = (Vec::new(), Vec::new());
        while parts.peek().is_some() {
            self.change(|core, now| {
                let began = Instant::now();
                for (number, (channel, received_at, item)) in parts.by_ref().enumerate() {
                    let (source, bytes) = (item.source.clone(), item.bytes);
                    if let Err(rejection) = self.take(core, channel, item, received_at, now) {
                        rejected.push((channel, source, bytes, rejection, received_at));
                    }
                    if number % PARTS_PER_LOOK == PARTS_PER_LOOK - 1 && began.elapsed() >= TURN {
                        break;
                    }
                }
            });
            for (channel, source, bytes, rejection, received_at) in rejected.drain(..) {
                self.instruments.rejected(channel, &rejection);
                if !rejection.reason.is_of_rate() {
                    dead.push(DeadLetter {
                        bytes,
                        ..DeadLetter::new(channel, &source, rejection, received_at.wall())
                    });
                }
            }
        }
        dead
    }

    /// Counts messages that were above the rate of their vehicle.
    pub(super) fn rate_limited(&self, channel: Option<Channel>, parts: u64) {
        if let Some(channel) = channel
            && parts > 0
        {
            self.instruments.not_taken(channel, Reason::RateLimited, parts);
        }
    }

    /// Whether a position that was kept elsewhere can be true.
    #[must_use]
    pub(crate) fn believes_position(&self, position: &VehiclePosition) -> bool {
        kept::is_position_believed(position, &self.rules.plausibility, self.now().wall())
    }

    /// Whether a state that was kept elsewhere can be true.
    #[must_use]
    pub(crate) fn believes_state(&self, state: &VehicleRuntimeState) -> bool {
        kept::is_state_believed(state, &self.rules.plausibility, self.now().wall())
    }

    /// A record that was kept elsewhere without what cannot be true of it.
    #[must_use]
    pub(crate) fn believed(&self, record: LiveRecord) -> LiveRecord {
        kept::believed(record, &self.rules.plausibility, self.now().wall())
    }

    /// Takes over what the live keys say, as far as it can be true and is newer.
    pub fn restore(&self, records: Vec<LiveRecord>) {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            self.change(|core, now| {
                for record in records.by_ref().take(AT_ONCE) {
                    core.restore(record, now);
                }
            });
        }
    }

    /// Robots are heard, or no longer.
    pub fn set_feed(&self, is_up: bool) {
        self.change(|core, now| core.set_feed(is_up, now));
    }

    /// Whether it was found out if robots are heard.
    #[must_use]
    pub fn is_feed_known(&self) -> bool {
        self.core.lock().is_feed_known()
    }

    /// So many messages were lost before they could be judged.
    pub fn lagged(&self, messages: u64) {
        self.instruments.lagged(messages);
    }

    /// Does what is due and tells how long it is until the next time; `None`: until something happens.
    pub fn tick(&self) -> Option<Duration> {
        let now = self.clock.now();
        let mut core = self.core.lock();
        let served = core.tick(now);
        self.instruments.served(served);
        let next_us = core.next_tick_us()?;
        Some(Duration::from_micros(next_us.saturating_sub(now.uptime_us)))
    }

    pub(super) fn pending_statuses(&self) -> Vec<(VehicleId, VehicleStatus)> {
        self.core.lock().pending_statuses()
    }

    pub(super) fn statuses_recorded(&self, recorded: &[(VehicleId, VehicleStatus)]) {
        self.core.lock().statuses_recorded(recorded);
    }

    pub(super) fn subscribe(&self, id: SubscriberId, topic: &Topic) -> Result<()> {
        self.change(|core, now| {
            if let Topic::Vehicle(vehicle) = topic
                && !core
                    .table
                    .find(*vehicle)
                    .is_some_and(|found| found.is_within(core.hub.scope_of(id)))
            {
                return Err(Error::vehicle_not_found());
            }
            core.hub.subscribe(id, topic, &mut core.table, now);
            Ok(())
        })
    }

    pub(super) fn unsubscribe(&self, id: SubscriberId, topic: &Topic) {
        self.change(|core, now| core.hub.unsubscribe(id, topic, &mut core.table, now));
    }

    pub(super) fn follow_registry(&self, id: SubscriberId) {
        self.core.lock().hub.follow_registry(id);
    }

    pub(super) fn unfollow_registry(&self, id: SubscriberId) {
        self.core.lock().hub.unfollow_registry(id);
    }

    pub(super) fn take_roster(&self, id: SubscriberId) -> Option<RosterPage> {
        let now = self.clock.now();
        let mut core = self.core.lock();
        let Core { hub, table, .. } = &mut *core;
        hub.take_roster(id, table, now)
    }

    pub(super) fn set_interval(&self, id: SubscriberId, interval: Duration) {
        self.change(|core, now| core.hub.change_interval(id, interval, &mut core.table, now));
    }

    pub(super) fn is_known_to(&self, id: SubscriberId, vehicle: VehicleId) -> bool {
        let core = self.core.lock();
        core.table
            .find(vehicle)
            .is_some_and(|found| found.is_within(core.hub.scope_of(id)))
    }

    pub(super) fn scope_of(&self, id: SubscriberId) -> AccessScope {
        self.core.lock().hub.scope_of(id).clone()
    }

    pub(super) fn disconnect(&self, id: SubscriberId) {
        let mut core = self.core.lock();
        let Core { hub, table, .. } = &mut *core;
        hub.part(id, table);
    }

    pub(super) fn written(&self, delivery: &Delivery) {
        let now = self.clock.now();
        let batch = &delivery.batch;
        self.instruments.written(batch, now);
        if let Some(tracer) = &self.tracer
            && batch.wants_its_flush_recorded()
        {
            traces::flushed(tracer.as_ref(), batch, now);
        }
    }

    /// Changes the core, then does what has become due by it.
    fn change<T>(&self, change: impl FnOnce(&mut Core, Moment) -> T) -> T {
        let now = self.clock.now();
        let (result, next_us) = {
            let mut core = self.core.lock();
            let planned_us = core.next_tick_us();
            let result = change(&mut core, now);
            let served = core.tick(now);
            self.instruments.served(served);
            let next_us = core.next_tick_us();
            (
                result,
                next_us.filter(|next| planned_us.is_none_or(|planned| *next < planned)),
            )
        };
        if next_us.is_some() {
            self.sooner.notify_one();
        }
        result
    }

    /// Takes one part of a message.
    fn take(
        &self,
        core: &mut Core,
        channel: Channel,
        item: Item,
        received_at: Moment,
        now: Moment,
    ) -> Result<(), Rejection> {
        let Item {
            vehicle_id,
            report,
            is_stamped,
            dropped,
            ..
        } = item;
        let report = match (report, vehicle_id) {
            (Ok(report), _) => report,
            (Err(rejection), vehicle_id) => {
                if let Some(id) = vehicle_id {
                    core.note_rejected(id, channel, &rejection, received_at, now);
                }
                return Err(rejection);
            }
        };
        let outcome = self.apply(core, channel, report, received_at, now)?;
        let timestamp = outcome.timestamp;
        // A robot that gives no time, or counts from when it was switched on, has no age.
        let is_age = is_stamped && timestamp.is_of_calendar(now.wall());
        self.instruments
            .accepted(channel, is_age.then(|| now.wall().ms_since(timestamp)));
        if outcome.acceptance == Acceptance::ClockSetBack {
            self.instruments.clock_was_set_back(channel);
        }
        if !dropped.is_empty() {
            self.instruments.dropped(dropped);
        }
        Ok(())
    }

    fn apply(
        &self,
        core: &mut Core,
        channel: Channel,
        report: Report,
        received_at: Moment,
        now: Moment,
    ) -> Result<Outcome, Rejection> {
        let trace = self.tracer.as_deref().and_then(|tracer| {
            let decoded_at = self.clock.now();
            let receive = traces::begin(tracer, channel, &report, received_at, decoded_at)?;
            Some((tracer, receive, decoded_at))
        });
        let vehicle_id = report.vehicle_id;
        let outcome = core.apply(report, received_at, now);
        if let Some((tracer, receive, decoded_at)) = trace {
            let rejection = outcome.as_ref().err();
            let span = traces::applied(
                tracer,
                receive,
                vehicle_id,
                rejection,
                decoded_at,
                self.clock.now(),
            );
            if let Ok(outcome) = &outcome {
                core.carry_trace(outcome.index, span);
            }
        }
        outcome
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Live({:?})", self.stats())
    }
}
