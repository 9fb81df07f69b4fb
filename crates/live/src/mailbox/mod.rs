//! The mailbox: the queue of messages for one subscriber, which merges them while the subscriber is slow.

mod merged;

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use domain::{VehicleId, telemetry::Timestamp};
use futures::task::AtomicWaker;
use parking_lot::Mutex;

use self::merged::{MAX_PART, Merged, Views};
use crate::{
    batch::{Batch, Delivery, DeliveryNumber, Numbering},
    indices::VehicleIndex,
    roster::RosterPage,
    view::VehicleView,
};

/// Number of merged events, not counting removals, above which a subscriber gets a new snapshot instead.
const MAX_EVENTS: usize = 1_000;

/// Number of waiting batches that one call merges. They are merged in steps, because a slow subscriber of a large fleet
/// may have hundreds of them, and the core is locked meanwhile.
const MERGED_AT_ONCE: usize = 2;

/// State of the server's connection to the robots' channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedStatus {
    /// `true` while messages from robots can arrive.
    pub is_up: bool,
    /// Time of the last change of `is_up`.
    pub since: Timestamp,
}

/// A message that a subscriber takes from its mailbox.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum OutgoingMessage {
    /// Events and views of vehicles.
    Batch(Delivery),
    /// Changes to the registry.
    Roster(RosterPage),
    /// The server lost or regained its feed.
    Feed(FeedStatus),
}

/// The next thing to do for a subscriber.
#[derive(Debug)]
pub enum Turn {
    /// A step of the walk, to be performed with [`crate::Core::advance`].
    Walk,
    /// A page of registry changes, to be taken with [`crate::Core::take_roster`].
    Roster,
    /// A message, to be sent.
    Message(OutgoingMessage),
    /// Nothing more: the mailbox was closed and emptied.
    End,
}

/// The queue of one subscriber, in two lanes.
///
/// *The policy for a slow subscriber.* One delivery waits unchanged, so a subscriber that keeps up gets the same bytes
/// as all others. If another delivery arrives before the first is taken, both are merged, a few batches with each call,
/// into two lanes: one slot per vehicle, in which a newer view replaces an older one, and a queue of events in order.
/// The number of waiting views is therefore bounded by the number of vehicles, and a slow subscriber sees fewer, newer
/// positions. If too many events are waiting, the mailbox requests a resync: the events are dropped in favour of a new
/// snapshot, which shows their effect. Only removals are kept, one per vehicle, because a snapshot does not show which
/// vehicles are gone.
#[derive(Debug, Default)]
pub struct Mailbox {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    feed: Option<FeedStatus>,
    /// The merged batches. They arrived before those in `next`.
    merged: Option<Merged>,
    /// Batches that wait unchanged: the parts of one delivery, or batches that are yet to be merged.
    next: VecDeque<Arc<Batch>>,
    /// Number of views that were replaced since the last [`Put`].
    conflated: u64,
    numbering: Numbering,
    walk: WalkTurn,
    /// Whether the last turn was a step of the walk.
    walk_was_last: bool,
    /// Whether changes to the registry can be taken. The mailbox does not store them: they are read from the table when
    /// they are taken.
    roster_is_due: bool,
    /// Whether the last message taken was a page of registry changes.
    roster_was_last: bool,
    is_closed: bool,
}

/// Messages that a mailbox has dropped, or the bases of a closed room. They may hold the last reference to a view of
/// every vehicle, and freeing these takes time, so they are passed on and freed after the lock of the core has been
/// released.
#[derive(Debug, Default)]
#[expect(dead_code, reason = "it only exists to be dropped")]
pub struct Discarded {
    batches: VecDeque<Arc<Batch>>,
    views: Views,
    bases: HashMap<VehicleIndex, Arc<VehicleView>>,
}

impl Discarded {
    pub(crate) fn bases(bases: HashMap<VehicleIndex, Arc<VehicleView>>) -> Self {
        Self {
            bases,
            ..Self::default()
        }
    }
}

/// Progress of the check of waiting messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sift {
    /// No message has been checked yet.
    Begin,
    /// The messages are merged; all events and the views of vehicles before this one have been checked.
    From(VehicleId),
}

/// Order in which the next step of a subscriber's walk and its waiting messages are handled. The walk brings the
/// subscriber's view in line with its topics and scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WalkTurn {
    /// There is no walk.
    #[default]
    None,
    /// In alternation with waiting messages.
    Alternate,
    /// Before any message is taken: waiting messages have not all been checked against the subscriber's scope and
    /// topics yet.
    First,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Put {
    /// Number of views that newer views or removals have replaced, since the last put, before the subscriber took them.
    pub(crate) conflated: u64,
    /// Whether too many events are waiting. If so, the caller must call [`Mailbox::start_anew`] and send a snapshot.
    pub(crate) needs_resync: bool,
    /// Number of events and views that this put has merged, which is most of its work.
    pub(crate) merged: usize,
}

impl Mailbox {
    pub(crate) fn put(&self, batch: &Arc<Batch>) -> Put {
        // The lock is released before the wake-up, because the woken task takes it.
        let put = self.state.lock().put(batch);
        self.waker.wake();
        put
    }

    /// Drops all waiting batches, except for their removals, because a snapshot follows.
    #[must_use]
    pub(crate) fn start_anew(&self) -> Discarded {
        self.state.lock().start_anew()
    }

    /// Drops waiting events and views of vehicles that are no longer wanted, except for removals. One call merges some
    /// batches or checks up to `count` views, and returns where to continue; `None` at the end.
    pub(crate) fn sift(
        &self,
        progress: Sift,
        count: usize,
        is_wanted: impl Fn(VehicleId) -> bool,
    ) -> Option<Sift> {
        self.state.lock().sift(progress, count, is_wanted)
    }

    pub(crate) fn set_walk_turn(&self, turn: WalkTurn) {
        self.state.lock().walk = turn;
        // The end of a walk makes nothing available to take.
        if turn != WalkTurn::None {
            self.waker.wake();
        }
    }

    /// Returns the next thing to do for the subscriber, or registers the task to be woken. Supports a single consumer:
    /// only the task that polled last is woken.
    pub fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<Turn> {
        // Registered before the state is read: otherwise, a message that is put between the two steps would not wake
        // the task.
        self.waker.register(cx.waker());
        let mut state = self.state.lock();
        if state.walk_is_next() {
            return Poll::Ready(Turn::Walk);
        }
        if state.roster_is_next() {
            return Poll::Ready(Turn::Roster);
        }
        match state.take() {
            Some(outgoing) => Poll::Ready(Turn::Message(outgoing)),
            None if state.is_closed => Poll::Ready(Turn::End),
            None => Poll::Pending,
        }
    }

    #[must_use]
    pub(crate) fn clear(&self) -> Discarded {
        let mut state = self.state.lock();
        Discarded {
            batches: mem::take(&mut state.next),
            views: state.merged.take().map(Merged::into_views).unwrap_or_default(),
            ..Discarded::default()
        }
    }

    /// Queues a feed-status change. Slow subscribers only see the latest one.
    pub(crate) fn put_feed(&self, feed: FeedStatus) {
        self.state.lock().feed = Some(feed);
        self.waker.wake();
    }

    pub(crate) fn set_roster_due(&self, is_due: bool) {
        self.state.lock().roster_is_due = is_due;
        if is_due {
            self.waker.wake();
        }
    }

    pub(crate) fn number_roster_page(&self) -> DeliveryNumber {
        let mut state = self.state.lock();
        state.roster_was_last = true;
        state.numbering.next(false)
    }

    /// Closes the mailbox: waiting messages can still be taken; after that, [`Mailbox::poll_turn`] returns
    /// [`Turn::End`].
    pub(crate) fn close(&self) {
        self.state.lock().is_closed = true;
        self.waker.wake();
    }

    /// Returns `true` if merged batches are waiting: the subscriber had not taken a batch when the next one arrived.
    pub(crate) fn is_behind(&self) -> bool {
        let state = self.state.lock();
        state.merged.as_ref().is_some_and(|merged| !merged.is_empty())
    }

    /// Returns `true` if a message, a page of registry changes or a step of the walk is waiting.
    #[must_use]
    pub fn has_mail(&self) -> bool {
        let state = self.state.lock();
        state.feed.is_some() || state.has_batch() || state.roster_is_due || state.walk != WalkTurn::None
    }
}

impl State {
    fn put(&mut self, batch: &Arc<Batch>) -> Put {
        // The parts of one delivery wait unchanged. Any other delivery is merged with the waiting batches.
        let waits_unchanged = self.merged.is_none() && (self.next.is_empty() || batch.continues);
        self.next.push_back(Arc::clone(batch));
        if waits_unchanged {
            return Put {
                conflated: mem::take(&mut self.conflated),
                ..Put::default()
            };
        }
        // Each call merges more batches than it adds, so `next` shrinks.
        let count = self.merge_some();
        let merged = self.merged.get_or_insert_default();
        Put {
            conflated: mem::take(&mut self.conflated),
            // Events in `next` are counted once they have been merged.
            needs_resync: merged.dispensable_events() > MAX_EVENTS,
            merged: count,
        }
    }

    /// Decides whether a step of the walk is next, and stores the decision for the following turn. Steps alternate with
    /// waiting messages, so that neither delays the other.
    fn walk_is_next(&mut self) -> bool {
        let comes_next = match self.walk {
            WalkTurn::None => false,
            WalkTurn::First => true,
            WalkTurn::Alternate => !self.walk_was_last || !self.has_batch(),
        };
        // Also reset if it is now a message's turn: the turn after it is a step again.
        self.walk_was_last = comes_next;
        comes_next
    }

    /// Decides whether a page of registry changes is next. Pages alternate with batches, so that neither delays the
    /// other; a feed-status change comes before both.
    fn roster_is_next(&self) -> bool {
        let others_wait = self.has_batch();
        self.feed.is_none() && self.roster_is_due && !(self.roster_was_last && others_wait)
    }

    fn has_batch(&self) -> bool {
        !self.next.is_empty() || self.merged.as_ref().is_some_and(|merged| !merged.is_empty())
    }

    fn start_anew(&mut self) -> Discarded {
        let merged = self.merged.get_or_insert_default();
        // `next` is later than `merged`.
        let views = merged.start_anew(&self.next);
        Discarded {
            views,
            batches: mem::take(&mut self.next),
            ..Discarded::default()
        }
    }

    fn sift(&mut self, progress: Sift, count: usize, is_wanted: impl Fn(VehicleId) -> bool) -> Option<Sift> {
        let from = match progress {
            Sift::From(vehicle) => Some(vehicle),
            Sift::Begin => {
                if !self.next.is_empty() {
                    // From here on, new batches are merged as well. They come from the new room or have been filtered
                    // already, so checking them too does no harm.
                    self.merge_some();
                    if !self.next.is_empty() {
                        return Some(Sift::Begin);
                    }
                }
                let merged = self.merged.as_mut()?;
                // All events are checked at once.
                merged.keep_events(|event| event.is_removal() || is_wanted(event.vehicle_id()));
                None
            }
        };
        let merged = self.merged.as_mut()?;
        let next = merged.keep_views(from, count, is_wanted);
        // A pending restart must stay even if nothing waits: the next delivery has no predecessor.
        if merged.is_empty() && !merged.starts_anew {
            self.merged = None;
        }
        next.map(Sift::From)
    }

    /// Merges the oldest batches that wait unchanged, and counts the views that this replaces or removes. Returns the
    /// number of merged events and views.
    fn merge_some(&mut self) -> usize {
        let count = self.next.len().min(MERGED_AT_ONCE);
        let merged = self.merged.get_or_insert_default();
        let mut parts = 0;
        for waiting in self.next.drain(..count) {
            parts += waiting.events.len() + waiting.views.len();
            self.conflated += merged.pour(&waiting);
        }
        parts
    }

    fn take(&mut self) -> Option<OutgoingMessage> {
        if let Some(feed) = self.feed.take() {
            return Some(OutgoingMessage::Feed(feed));
        }
        // Snapshots are made for one subscriber, so splitting one loses no shared bytes.
        let is_large =
            |batch: &Arc<Batch>| batch.is_snapshot && batch.events.len() + batch.views.len() > MAX_PART;
        if self.merged.is_some() || self.next.front().is_some_and(is_large) {
            self.merge_some();
        }
        let (batch, starts_anew) = match &mut self.merged {
            Some(merged) if !merged.is_empty() => {
                let starts_anew = mem::take(&mut merged.starts_anew);
                let part = merged.take_part();
                // An empty `merged` must not stay: `put` would merge the batches of a subscriber that has caught up.
                self.merged.take_if(|rest| rest.is_empty());
                (Arc::new(part), starts_anew)
            }
            // Nothing is merged, or everything merged has been taken or dropped: the first unchanged batch is next.
            merged => {
                let batch = self.next.pop_front()?;
                (batch, merged.take().is_some_and(|merged| merged.starts_anew))
            }
        };
        self.roster_was_last = false;
        let number = self.numbering.next(starts_anew);
        Some(OutgoingMessage::Batch(Delivery { batch, number }))
    }
}

#[cfg(test)]
mod tests;
