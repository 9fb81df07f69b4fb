//! The queue of one subscriber.

use std::{
    collections::{BTreeMap, HashMap, VecDeque, hash_map::Entry},
    mem,
    ops::Bound::{Included, Unbounded},
    sync::Arc,
    task::{Context, Poll},
};

use domain::{VehicleId, telemetry::Timestamp};
use futures::task::AtomicWaker;
use parking_lot::Mutex;

use super::{
    batch::{Batch, Delivery, DeliveryNumber, MAX_TRACES, Numbering},
    event::LiveEvent,
    roster::RosterPage,
    view::VehicleView,
};
use crate::{moment::Moment, trace::TraceParent};

/// The most events that wait for one subscriber.
const MAX_EVENTS: usize = 1_000;

/// The most events and views of one batch that is made for one subscriber. A picture of very many vehicles comes in
/// parts, so that no frame grows with their number.
const MAX_PART: usize = 1_000;

/// Whether the server hears the robots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedStatus {
    /// It does.
    pub is_up: bool,
    /// Since when it does, or does not.
    pub since: Timestamp,
}

/// A message that a subscriber takes out of its mailbox.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum OutgoingMessage {
    /// Events and views.
    Batch(Delivery),
    /// Changes of the registry.
    Roster(RosterPage),
    /// The server's own feed was lost, or is back.
    Feed(FeedStatus),
}

/// The queue of one subscriber, in two lanes.
///
/// *The policy for a slow subscriber.* One delivery waits as it is, so that a subscriber that keeps up gets the bytes that all
/// others get. When another comes before it is taken, both are poured into two lanes: a slot per vehicle in
/// which the newest view replaces the older, and a queue of events in order. So what waits is bounded by the
/// number of vehicles, and a slow subscriber sees fewer, newer positions. When the queue of events is full
/// as well, the mailbox asks for a resync: the events are given up for a whole new picture, from which their
/// effect can be seen; only removals are kept, one per vehicle, because a picture does not show what is gone.
#[derive(Debug, Default)]
pub struct Mailbox {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    feed: Option<FeedStatus>,
    /// The parts of one delivery.
    next: VecDeque<Arc<Batch>>,
    merged: Option<Merged>,
    numbering: Numbering,
    walk: WalkTurn,
    /// The last turn was a step of the walk's.
    walk_was_last: bool,
    /// Changes of the registry can be taken. They are not in here: they are made when they are taken.
    roster_is_due: bool,
    /// The last that was taken were changes of the registry.
    roster_was_last: bool,
    is_closed: bool,
}

#[derive(Debug, Default)]
struct Merged {
    /// When the last batch was made that was poured in.
    at: Moment,
    events: Vec<Arc<LiveEvent>>,
    /// Where in `events` the removal of a vehicle is. There is one of each at most, so that they are bounded by the
    /// number of vehicles and need no resync.
    removals: HashMap<VehicleId, usize>,
    views: BTreeMap<VehicleId, Arc<VehicleView>>,
    traces: Vec<TraceParent>,
    is_snapshot: bool,
    starts_anew: bool,
}

/// When the next step is to be made of the walk that brings a subscriber's picture in step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WalkTurn {
    /// There is no walk.
    #[default]
    None,
    /// In turn with what waits.
    Alternate,
    /// Before anything is taken: what waits is still to be held to the subscriber's scope and topics.
    First,
}

/// The outcome of adding a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Put {
    /// How many views were replaced by newer ones before anybody saw them.
    pub(crate) conflated: u64,
    /// The events are too many: call [`Mailbox::start_anew`], and let a whole picture follow.
    pub(crate) needs_resync: bool,
}

impl Mailbox {
    /// Adds what happened.
    pub(crate) fn put(&self, batch: &Arc<Batch>) -> Put {
        let put = self.state.lock().put(batch);
        self.waker.wake();
        put
    }

    /// Drops what waits, except for removals, because a whole picture follows.
    pub(crate) fn start_anew(&self) {
        self.state.lock().start_anew();
    }

    /// Takes out what waits of vehicles that are no longer wanted, except for removals. Looks at up to `count` views from a
    /// vehicle on, and returns the vehicle to go on from; `None` at the end.
    pub(crate) fn sift(
        &self,
        from: Option<VehicleId>,
        count: usize,
        is_wanted: impl Fn(VehicleId) -> bool,
    ) -> Option<VehicleId> {
        self.state.lock().sift(from, count, is_wanted)
    }

    /// Notes whether its subscriber is on a walk, and when the next step is to be made.
    pub(crate) fn set_walk_turn(&self, turn: WalkTurn) {
        self.state.lock().walk = turn;
        if turn != WalkTurn::None {
            self.waker.wake();
        }
    }

    /// Whether the next step of the walk comes next. Steps alternate with what waits, so that neither holds up the other.
    #[must_use]
    pub fn poll_walk_turn(&self, cx: &mut Context<'_>) -> bool {
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        let comes_next = match state.walk {
            WalkTurn::None => false,
            WalkTurn::First => true,
            WalkTurn::Alternate => !state.walk_was_last || !state.has_batch(),
        };
        state.walk_was_last = comes_next;
        comes_next
    }

    /// Takes out everything that waits of vehicles.
    pub(crate) fn clear(&self) {
        let mut state = self.state.lock();
        state.next.clear();
        state.merged = None;
    }

    /// Queues a feed-status change. Slow subscribers only see the latest one.
    pub(crate) fn put_feed(&self, feed: FeedStatus) {
        self.state.lock().feed = Some(feed);
        self.waker.wake();
    }

    /// Notes whether changes of the registry can be taken.
    pub(crate) fn set_roster_due(&self, is_due: bool) {
        self.state.lock().roster_is_due = is_due;
        if is_due {
            self.waker.wake();
        }
    }

    /// Whether changes of the registry come next. They alternate with everything else, so that neither holds up the
    /// other; a change of the feed comes before both.
    #[must_use]
    pub fn poll_roster_turn(&self, cx: &mut Context<'_>) -> bool {
        self.waker.register(cx.waker());
        let state = self.state.lock();
        let others_wait = state.has_batch();
        state.feed.is_none() && state.roster_is_due && !(state.roster_was_last && others_wait)
    }

    /// The number of a page of changes that is taken now.
    pub(crate) fn number_roster_page(&self) -> DeliveryNumber {
        let mut state = self.state.lock();
        state.roster_was_last = true;
        state.numbering.next(false)
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        self.state.lock().is_closed = true;
        self.waker.wake();
    }

    /// Takes what waits; `None` when nothing more will come. For one taker: only the last one that was
    /// pending is woken.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<OutgoingMessage>> {
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        match state.take() {
            Some(outgoing) => Poll::Ready(Some(outgoing)),
            None if state.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// Whether something waits.
    #[must_use]
    pub fn has_mail(&self) -> bool {
        let state = self.state.lock();
        state.feed.is_some() || state.has_batch() || state.roster_is_due || state.walk != WalkTurn::None
    }
}

impl State {
    fn put(&mut self, batch: &Arc<Batch>) -> Put {
        if self.merged.is_none() && (self.next.is_empty() || batch.continues) {
            self.next.push_back(Arc::clone(batch));
            return Put {
                conflated: 0,
                needs_resync: false,
            };
        }
        self.merge_next();
        let merged = self.merged.get_or_insert_default();
        Put {
            conflated: merged.pour(batch),
            needs_resync: merged.events.len() - merged.removals.len() > MAX_EVENTS,
        }
    }

    fn has_batch(&self) -> bool {
        !self.next.is_empty() || self.merged.as_ref().is_some_and(|merged| !merged.is_empty())
    }

    fn start_anew(&mut self) {
        self.merge_next();
        let merged = self.merged.get_or_insert_default();
        merged.starts_anew = true;
        merged.views.clear();
        merged.traces.clear();
        merged.keep_events(|event| event.is_removal());
    }

    fn sift(
        &mut self,
        from: Option<VehicleId>,
        count: usize,
        is_wanted: impl Fn(VehicleId) -> bool,
    ) -> Option<VehicleId> {
        self.merge_next();
        let merged = self.merged.as_mut()?;
        if from.is_none() {
            merged.keep_events(|event| event.is_removal() || is_wanted(event.vehicle_id()));
        }
        let mut rest = merged.views.range((from.map_or(Unbounded, Included), Unbounded));
        let looked_at: Vec<_> = rest.by_ref().take(count).map(|(&id, _)| id).collect();
        let next = rest.next().map(|(&id, _)| id);
        for id in looked_at.iter().filter(|id| !is_wanted(**id)) {
            merged.views.remove(id);
        }
        if merged.is_empty() && !merged.starts_anew {
            self.merged = None;
        }
        next
    }

    /// Pours batches that wait as they are into the two lanes.
    fn merge_next(&mut self) {
        for waiting in self.next.drain(..) {
            self.merged.get_or_insert_default().pour(&waiting);
        }
    }

    fn take(&mut self) -> Option<OutgoingMessage> {
        if let Some(feed) = self.feed.take() {
            return Some(OutgoingMessage::Feed(feed));
        }
        let is_large =
            |batch: &Arc<Batch>| batch.is_snapshot && batch.events.len() + batch.views.len() > MAX_PART;
        if self.next.front().is_some_and(is_large) {
            self.merge_next();
        }
        let (batch, starts_anew) = match (self.next.pop_front(), &mut self.merged) {
            (Some(batch), _) => (batch, false),
            (None, Some(merged)) if !merged.is_empty() => {
                let starts_anew = mem::take(&mut merged.starts_anew);
                let part = merged.take_part();
                self.merged.take_if(|rest| rest.is_empty());
                (Arc::new(part), starts_anew)
            }
            (None, _) => return None,
        };
        self.roster_was_last = false;
        let number = self.numbering.next(starts_anew);
        Some(OutgoingMessage::Batch(Delivery { batch, number }))
    }
}

impl Merged {
    /// Adds a later batch; tells how many views it replaced.
    fn pour(&mut self, batch: &Batch) -> u64 {
        let mut replaced = 0;
        self.at = batch.at;
        self.is_snapshot |= batch.is_snapshot;
        for event in &batch.events {
            if event.is_removal() {
                replaced += u64::from(self.views.remove(&event.vehicle_id()).is_some());
            }
            self.push(event);
        }
        for view in &batch.views {
            replaced += u64::from(self.views.insert(view.vehicle_id, Arc::clone(view)).is_some());
        }
        let room = MAX_TRACES.saturating_sub(self.traces.len());
        self.traces.extend(batch.traces.iter().take(room));
        replaced
    }

    /// Drops the other events.
    fn keep_events(&mut self, is_kept: impl Fn(&LiveEvent) -> bool) {
        self.removals.clear();
        for event in mem::take(&mut self.events) {
            if is_kept(&event) {
                self.push(&event);
            }
        }
    }

    /// Adds an event behind the others; a second removal of a vehicle takes the place of the first.
    fn push(&mut self, event: &Arc<LiveEvent>) {
        if event.is_removal() {
            match self.removals.entry(event.vehicle_id()) {
                Entry::Occupied(place) => {
                    self.events[*place.get()] = Arc::clone(event);
                    return;
                }
                Entry::Vacant(place) => {
                    place.insert(self.events.len());
                }
            }
        }
        self.events.push(Arc::clone(event));
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.views.is_empty()
    }

    /// Takes as much as one batch carries: events first, because views show what they led to.
    fn take_part(&mut self) -> Batch {
        let later_events = self.events.split_off(self.events.len().min(MAX_PART));
        let events = mem::replace(&mut self.events, later_events);
        self.removals.clear();
        for (place, event) in self.events.iter().enumerate() {
            if event.is_removal() {
                self.removals.insert(event.vehicle_id(), place);
            }
        }
        let first_later = self.views.keys().nth(MAX_PART - events.len()).copied();
        let later_views = first_later
            .map(|id| self.views.split_off(&id))
            .unwrap_or_default();
        let views = mem::replace(&mut self.views, later_views).into_values().collect();
        let mut batch = Batch::new(self.at, events, views, mem::take(&mut self.traces));
        batch.is_snapshot = self.is_snapshot;
        batch
    }
}

#[cfg(test)]
mod tests;
