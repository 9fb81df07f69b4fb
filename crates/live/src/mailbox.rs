//! What waits for one subscriber.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    mem,
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

/// What a subscriber takes out of its mailbox.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Parcel {
    /// Events and views.
    Batch(Delivery),
    /// Changes of the registry.
    Roster(RosterPage),
    /// The server's own feed was lost, or is back.
    Feed(FeedStatus),
}

/// What waits for one subscriber, in two lanes.
///
/// *The policy for a slow subscriber.* One batch waits as it is, so that who keeps up gets the bytes that all
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
    next: Option<Arc<Batch>>,
    merged: Option<Merged>,
    numbering: Numbering,
    /// Changes of the registry can be taken. They are not in here: they are made when they are taken.
    roster_is_due: bool,
    /// The last that was taken were changes of the registry.
    roster_was_last: bool,
    is_closed: bool,
}

#[derive(Debug)]
struct Merged {
    at: Moment,
    events: Vec<Arc<LiveEvent>>,
    /// Where in `events` the removal of a vehicle is. There is one of each at most, so that they are bounded by the
    /// number of vehicles and need no resync.
    removals: HashMap<VehicleId, usize>,
    views: BTreeMap<VehicleId, Arc<VehicleView>>,
    traces: Vec<TraceParent>,
    is_picture: bool,
    starts_anew: bool,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Put {
    /// How many views were replaced by newer ones before anybody saw them.
    pub(crate) conflated: u64,
    /// The events are too many: call [`Mailbox::resync`].
    pub(crate) needs_resync: bool,
}

impl Mailbox {
    /// Adds what happened.
    pub(crate) fn put(&self, batch: &Arc<Batch>) -> Put {
        let put = self.state.lock().put(batch);
        self.waker.wake();
        put
    }

    /// Replaces what waits by a whole picture.
    pub(crate) fn resync(&self, picture: Batch) {
        self.state.lock().resync(picture);
        self.waker.wake();
    }

    /// Takes out what waits of vehicles that are no longer wanted, except for removals.
    pub(crate) fn retain(&self, is_wanted: impl Fn(VehicleId) -> bool) {
        self.state.lock().retain(is_wanted);
    }

    /// Takes out everything that waits of vehicles.
    pub(crate) fn clear(&self) {
        let mut state = self.state.lock();
        state.next = None;
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
        let others_wait = state.next.is_some() || state.merged.is_some();
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
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Parcel>> {
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        match state.take() {
            Some(parcel) => Poll::Ready(Some(parcel)),
            None if state.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// Whether something waits.
    #[must_use]
    pub fn has_mail(&self) -> bool {
        let state = self.state.lock();
        state.feed.is_some() || state.next.is_some() || state.merged.is_some() || state.roster_is_due
    }
}

impl State {
    fn put(&mut self, batch: &Arc<Batch>) -> Put {
        if self.next.is_none() && self.merged.is_none() {
            self.next = Some(Arc::clone(batch));
            return Put {
                conflated: 0,
                needs_resync: false,
            };
        }
        let merged = self.merged.get_or_insert_with(|| Merged::new(batch));
        let mut conflated = 0;
        if let Some(waiting) = self.next.take() {
            merged.pour(&waiting);
        }
        conflated += merged.pour(batch);
        Put {
            conflated,
            needs_resync: merged.events.len() - merged.removals.len() > MAX_EVENTS,
        }
    }

    fn resync(&mut self, picture: Batch) {
        let gone = self.merged.take().map(|merged| merged.events).unwrap_or_default();
        let mut merged = Merged::new(&picture);
        merged.starts_anew = true;
        merged.pour(&picture);
        for event in gone.iter().filter(|event| event.is_removal()) {
            // The last word on a vehicle is its view in the picture, if it has one.
            if !merged.views.contains_key(&event.vehicle_id()) {
                merged.push(event);
            }
        }
        self.next = None;
        self.merged = Some(merged);
    }

    fn retain(&mut self, is_wanted: impl Fn(VehicleId) -> bool) {
        if let Some(waiting) = self.next.take() {
            self.merged
                .get_or_insert_with(|| Merged::new(&waiting))
                .pour(&waiting);
        }
        if let Some(merged) = &mut self.merged {
            merged.views.retain(|&id, _| is_wanted(id));
            merged.removals.clear();
            for event in mem::take(&mut merged.events) {
                if event.is_removal() || is_wanted(event.vehicle_id()) {
                    merged.push(&event);
                }
            }
            if merged.is_empty() && !merged.starts_anew {
                self.merged = None;
            }
        }
    }

    fn take(&mut self) -> Option<Parcel> {
        if let Some(feed) = self.feed.take() {
            return Some(Parcel::Feed(feed));
        }
        if let Some(large) = self
            .next
            .take_if(|batch| batch.is_picture && batch.events.len() + batch.views.len() > MAX_PART)
        {
            let mut merged = Merged::new(&large);
            merged.pour(&large);
            self.merged = Some(merged);
        }
        let (batch, starts_anew) = match (self.next.take(), &mut self.merged) {
            (Some(batch), _) => (batch, false),
            (None, Some(merged)) => {
                let starts_anew = mem::take(&mut merged.starts_anew);
                let part = merged.take_part();
                self.merged.take_if(|rest| rest.is_empty());
                (Arc::new(part), starts_anew)
            }
            (None, None) => return None,
        };
        self.roster_was_last = false;
        let number = self.numbering.next(starts_anew);
        Some(Parcel::Batch(Delivery { batch, number }))
    }
}

impl Merged {
    fn new(batch: &Batch) -> Self {
        Self {
            at: batch.at,
            events: Vec::new(),
            removals: HashMap::new(),
            views: BTreeMap::new(),
            traces: Vec::new(),
            is_picture: false,
            starts_anew: false,
        }
    }

    /// Adds a later batch; tells how many views it replaced.
    fn pour(&mut self, batch: &Batch) -> u64 {
        let mut replaced = 0;
        self.at = batch.at;
        self.is_picture |= batch.is_picture;
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
        batch.is_picture = self.is_picture;
        batch
    }
}

#[cfg(test)]
mod tests;
