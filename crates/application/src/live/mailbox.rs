//! What waits for one subscriber.

use std::{
    collections::BTreeMap,
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use domain::{VehicleId, telemetry::Timestamp};
use futures::task::AtomicWaker;
use parking_lot::Mutex;

use super::{
    batch::{Batch, Delivery, MAX_TRACES},
    event::LiveEvent,
    view::VehicleView,
};
use crate::{moment::Moment, trace::TraceParent};

/// The most events that wait for one subscriber.
const MAX_EVENTS: usize = 1_000;

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
/// effect can be seen; only removals are kept, because a picture does not show what is gone.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    feed: Option<FeedStatus>,
    next: Option<Arc<Batch>>,
    merged: Option<Merged>,
    last_tick: Option<u64>,
    is_closed: bool,
}

#[derive(Debug)]
struct Merged {
    tick: u64,
    at: Moment,
    events: Vec<Arc<LiveEvent>>,
    views: BTreeMap<VehicleId, Arc<VehicleView>>,
    traces: Vec<TraceParent>,
    is_picture: bool,
    starts_anew: bool,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Put {
    /// How many views were replaced by newer ones before anybody saw them.
    pub(super) conflated: u64,
    /// The events are too many: call [`Mailbox::resync`].
    pub(super) needs_resync: bool,
}

impl Mailbox {
    /// Adds what happened.
    pub(super) fn put(&self, batch: &Arc<Batch>) -> Put {
        let put = self.state.lock().put(batch);
        self.waker.wake();
        put
    }

    /// Replaces what waits by a whole picture, at a tick of its own.
    pub(super) fn resync(&self, picture: Batch) {
        self.state.lock().resync(picture);
        self.waker.wake();
    }

    /// Takes out what waits of vehicles that are no longer wanted. That one of `in_interest` is gone is still to be
    /// told: it may have gone because the subscriber may not see it any more.
    pub(super) fn retain(
        &self,
        is_wanted: impl Fn(VehicleId) -> bool,
        in_interest: impl Fn(VehicleId) -> bool,
    ) {
        self.state.lock().retain(is_wanted, in_interest);
    }

    /// Tells that the feed was lost or is back; who is slow hears the latest only.
    pub(super) fn put_feed(&self, feed: FeedStatus) {
        self.state.lock().feed = Some(feed);
        self.waker.wake();
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
        self.waker.wake();
    }

    /// Takes what waits; `None` when nothing more will come. For one taker: only the last one that was
    /// pending is woken.
    pub(super) fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<Parcel>> {
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        match state.take() {
            Some(parcel) => Poll::Ready(Some(parcel)),
            None if state.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// Whether something waits.
    pub(super) fn has_mail(&self) -> bool {
        let state = self.state.lock();
        state.feed.is_some() || state.next.is_some() || state.merged.is_some()
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
            needs_resync: merged.events.len() > MAX_EVENTS,
        }
    }

    fn resync(&mut self, picture: Batch) {
        let gone = self.merged.take().map(|merged| merged.events).unwrap_or_default();
        let mut merged = Merged::new(&picture);
        merged.starts_anew = true;
        merged.pour(&picture);
        for event in gone {
            let id = event.vehicle_id();
            // The last word on a vehicle is its view in the picture, if it has one.
            if event.is_removal() && !merged.views.contains_key(&id) && !merged.has_removal_of(id) {
                merged.events.push(event);
            }
        }
        self.next = None;
        self.merged = Some(merged);
    }

    fn retain(&mut self, is_wanted: impl Fn(VehicleId) -> bool, in_interest: impl Fn(VehicleId) -> bool) {
        if let Some(waiting) = self.next.take() {
            self.merged
                .get_or_insert_with(|| Merged::new(&waiting))
                .pour(&waiting);
        }
        if let Some(merged) = &mut self.merged {
            merged.events.retain(|event| {
                let id = event.vehicle_id();
                is_wanted(id) || event.is_removal() && in_interest(id)
            });
            merged.views.retain(|&id, _| is_wanted(id));
            if merged.events.is_empty() && merged.views.is_empty() && !merged.starts_anew {
                self.merged = None;
            }
        }
    }

    fn take(&mut self) -> Option<Parcel> {
        if let Some(feed) = self.feed.take() {
            return Some(Parcel::Feed(feed));
        }
        let delivery = match (self.next.take(), self.merged.take()) {
            (Some(batch), _) => Delivery {
                batch,
                prev: self.last_tick,
            },
            (None, Some(merged)) => {
                let prev = self.last_tick.filter(|_| !merged.starts_anew);
                Delivery {
                    batch: Arc::new(merged.into_batch(prev)),
                    prev,
                }
            }
            (None, None) => return None,
        };
        self.last_tick = Some(delivery.batch.tick);
        Some(Parcel::Batch(delivery))
    }
}

impl Merged {
    fn new(batch: &Batch) -> Self {
        Self {
            tick: batch.tick,
            at: batch.at,
            events: Vec::new(),
            views: BTreeMap::new(),
            traces: Vec::new(),
            is_picture: false,
            starts_anew: false,
        }
    }

    /// Adds a later batch; tells how many views it replaced.
    fn pour(&mut self, batch: &Batch) -> u64 {
        let mut replaced = 0;
        self.tick = batch.tick;
        self.at = batch.at;
        self.is_picture |= batch.is_picture;
        for event in &batch.events {
            if let LiveEvent::VehicleRemoved { vehicle_id } = **event {
                replaced += u64::from(self.views.remove(&vehicle_id).is_some());
            }
            self.events.push(Arc::clone(event));
        }
        for view in &batch.views {
            replaced += u64::from(self.views.insert(view.vehicle_id, Arc::clone(view)).is_some());
        }
        let room = MAX_TRACES.saturating_sub(self.traces.len());
        self.traces.extend(batch.traces.iter().take(room));
        replaced
    }

    fn has_removal_of(&self, id: VehicleId) -> bool {
        self.events.iter().any(|event| event.vehicle_id() == id)
    }

    fn into_batch(mut self, prev: Option<u64>) -> Batch {
        let views = mem::take(&mut self.views).into_values().collect();
        let mut batch = Batch::new(self.tick, prev, self.at, self.events, views, self.traces);
        batch.is_picture = self.is_picture;
        batch
    }
}

#[cfg(test)]
mod tests;
