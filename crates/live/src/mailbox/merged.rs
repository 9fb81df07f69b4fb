//! Merging of the batches that are waiting for a slow subscriber.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    mem,
    ops::Bound::{Included, Unbounded},
    sync::Arc,
};

use domain::VehicleId;

use crate::{
    batch::{Batch, MAX_TRACES},
    event::LiveEvent,
    moment::Moment,
    traced::TracedMessage,
    view::VehicleView,
};

/// Maximum number of events and views in a batch that is made for one subscriber. A larger snapshot is split, so that
/// the size of a frame does not grow with the fleet.
pub(super) const MAX_PART: usize = 1_000;

/// The newest view of each vehicle.
pub(super) type Views = BTreeMap<VehicleId, Arc<VehicleView>>;

/// Batches that were merged because their subscriber is slow.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// Time of the last batch that was merged.
    at: Moment,
    /// The events in order, by serial number.
    events: BTreeMap<u64, Arc<LiveEvent>>,
    /// Number of events added so far, which is also the serial number of the last one.
    pushed: u64,
    /// Serial number of each vehicle's removal. There is at most one per vehicle, so removals are bounded by the number
    /// of vehicles and do not count towards a resync.
    removals: HashMap<VehicleId, u64>,
    views: Views,
    /// Traced messages whose data is waiting in `views`, or has been replaced by newer data.
    traces: Vec<TracedMessage>,
    is_snapshot: bool,
    /// The lowest value of [`Batch::known`] among the merged batches with views.
    known: Option<u64>,
    /// Whether the next delivery has no predecessor, because a snapshot follows.
    pub(super) starts_anew: bool,
}

impl Merged {
    /// Merges a later batch, and returns the number of views that it replaced or removed.
    pub(super) fn pour(&mut self, batch: &Batch) -> u64 {
        let mut replaced = 0;
        self.at = batch.at;
        self.is_snapshot |= batch.is_snapshot;
        if !batch.views.is_empty() {
            self.known = Some(self.known.map_or(batch.known, |known| known.min(batch.known)));
        }
        for event in &batch.events {
            // Events go out before views: an older view left in its slot would bring the vehicle back after its
            // removal.
            if event.is_removal() {
                replaced += u64::from(self.views.remove(&event.vehicle_id()).is_some());
            } else if let Some(view) = self.views.get_mut(&event.vehicle_id())
                && let Some(later) = view.after(event)
            {
                // An older view would revert the status or connection of the event that precedes it.
                *view = Arc::new(later);
            }
            self.push(event);
        }
        for view in &batch.views {
            replaced += u64::from(self.views.insert(view.vehicle_id, Arc::clone(view)).is_some());
        }
        self.traces.extend(&batch.traces);
        if self.traces.len() > MAX_TRACES {
            self.traces.retain(|message| is_in(&self.views, message));
            self.traces.truncate(MAX_TRACES);
        }
        replaced
    }

    /// Keeps only the removals, including those in the later batches, because a snapshot follows. Returns the dropped
    /// views.
    pub(super) fn start_anew(&mut self, later: &VecDeque<Arc<Batch>>) -> Views {
        self.starts_anew = true;
        self.traces.clear();
        self.keep_events(|event| event.is_removal());
        for batch in later {
            self.at = batch.at;
            self.is_snapshot |= batch.is_snapshot;
            for event in batch.events.iter().filter(|event| event.is_removal()) {
                self.push(event);
            }
        }
        mem::take(&mut self.views)
    }

    /// Drops the events for which `is_kept` returns `false`, which must not be removals.
    pub(super) fn keep_events(&mut self, is_kept: impl Fn(&LiveEvent) -> bool) {
        self.events.retain(|_, event| is_kept(event));
    }

    /// Drops the views of vehicles that are not wanted. Checks up to `count` views, starting at the vehicle `from`, and
    /// returns the vehicle to continue with; `None` at the end.
    pub(super) fn keep_views(
        &mut self,
        from: Option<VehicleId>,
        count: usize,
        is_wanted: impl Fn(VehicleId) -> bool,
    ) -> Option<VehicleId> {
        let from = from.map_or(Unbounded, Included);
        let mut rest = self.views.range((from, Unbounded));
        let looked_at: Vec<_> = rest.by_ref().take(count).map(|(&id, _)| id).collect();
        let next = rest.next().map(|(&id, _)| id);
        for id in looked_at.iter().filter(|id| !is_wanted(**id)) {
            self.views.remove(id);
        }
        next
    }

    /// Appends an event. The removal of a vehicle replaces an earlier removal, but is appended: the vehicle may have
    /// been visible between the two, and no event from that time may follow the removal.
    fn push(&mut self, event: &Arc<LiveEvent>) {
        self.pushed += 1;
        if event.is_removal()
            && let Some(earlier) = self.removals.insert(event.vehicle_id(), self.pushed)
        {
            self.events.remove(&earlier);
        }
        self.events.insert(self.pushed, Arc::clone(event));
    }

    /// Returns the number of events whose effect a snapshot would show: all but the removals.
    pub(super) fn dispensable_events(&self) -> usize {
        self.events.len() - self.removals.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.views.is_empty()
    }

    /// Takes as much as fits into one batch. Events come first, because the views show their results.
    pub(super) fn take_part(&mut self) -> Batch {
        let first_later = self.events.keys().nth(MAX_PART).copied();
        let later_events = first_later
            .map(|number| self.events.split_off(&number))
            .unwrap_or_default();
        let events: Vec<_> = mem::replace(&mut self.events, later_events)
            .into_values()
            .collect();
        for event in events.iter().filter(|event| event.is_removal()) {
            self.removals.remove(&event.vehicle_id());
        }
        // If events fill the part, all views are held back (`nth(0)`): a removal must not follow a newer view of its
        // vehicle.
        let first_later = self.views.keys().nth(MAX_PART - events.len()).copied();
        let later_views = first_later
            .map(|id| self.views.split_off(&id))
            .unwrap_or_default();
        let views = mem::replace(&mut self.views, later_views);
        let (traces, rest): (_, Vec<_>) = mem::take(&mut self.traces)
            .into_iter()
            .partition(|message| is_in(&views, message));
        self.traces = rest;
        let mut batch = Batch::new(self.at, events, views.into_values().collect(), traces);
        batch.is_snapshot = self.is_snapshot;
        batch.known = self.known.unwrap_or_default();
        batch
    }

    pub(super) fn into_views(self) -> Views {
        self.views
    }
}

/// Returns `true` if the views show the data of a message.
fn is_in(views: &Views, message: &TracedMessage) -> bool {
    let view = views.get(&message.vehicle_id);
    view.is_some_and(|view| view.shows(message))
}
