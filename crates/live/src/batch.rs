//! The content of one delivery.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::telemetry::Timestamp;

use super::{encoded::EncodedOnce, event::LiveEvent, view::VehicleView};
use crate::{moment::Moment, trace::TraceParent};

/// Maximum number of traces in one batch. Further traced messages in it are not linked to its delivery.
pub(crate) const MAX_TRACES: usize = 64;

/// The changes since the previous delivery, shared by all subscribers with the same interest, scope and pace. Events
/// precede views: a view shows the newest data, and therefore the result of the events.
#[derive(Debug)]
pub struct Batch {
    /// Time at which the batch was assembled.
    pub at: Moment,
    /// Changes that must not be merged, in order.
    pub events: Vec<Arc<LiveEvent>>,
    /// The newest view of each vehicle that changed.
    pub views: Vec<Arc<VehicleView>>,
    /// Spans of the traced messages that the batch contains.
    pub traces: Vec<TraceParent>,
    /// Whether the batch shows already known data to a subscriber that lacked it. The age of such data does not reflect
    /// the delay of its delivery.
    pub is_snapshot: bool,
    /// Whether the batch is a further part of a delivery that is too large for one batch.
    pub(crate) continues: bool,
    /// The encoded forms, shared by all subscribers. They do not contain the delivery number, which is specific to each
    /// subscriber.
    pub encoded: EncodedOnce,
    flush_is_recorded: AtomicBool,
}

impl Batch {
    /// Makes a batch of changes.
    #[must_use]
    pub fn new(
        at: Moment,
        events: Vec<Arc<LiveEvent>>,
        views: Vec<Arc<VehicleView>>,
        traces: Vec<TraceParent>,
    ) -> Self {
        let flush_is_recorded = AtomicBool::new(traces.is_empty());
        let (is_snapshot, encoded) = (false, EncodedOnce::default());
        Self {
            at,
            events,
            views,
            traces,
            continues: false,
            is_snapshot,
            encoded,
            flush_is_recorded,
        }
    }

    #[must_use]
    pub(crate) fn continuing(self, continues: bool) -> Self {
        Self { continues, ..self }
    }

    /// Creates an empty snapshot, to which a step of a walk adds its results.
    pub(crate) fn nothing(at: Moment) -> Self {
        Self::snapshot(at, Vec::new(), Vec::new(), Vec::new())
    }

    /// Creates a batch of known data for a subscriber that lacks it.
    pub(crate) fn snapshot(
        at: Moment,
        events: Vec<Arc<LiveEvent>>,
        views: Vec<Arc<VehicleView>>,
        traces: Vec<TraceParent>,
    ) -> Self {
        Self {
            is_snapshot: true,
            ..Self::new(at, events, views, traces)
        }
    }

    /// Returns `true` if there are neither events nor views.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.views.is_empty()
    }

    /// Arrival time of the oldest message in the batch; `None` if this server has received none of them.
    #[must_use]
    pub fn oldest_received_at(&self) -> Option<Moment> {
        self.views
            .iter()
            .filter_map(|view| view.received_at)
            .min_by_key(|moment| moment.uptime_us)
    }

    /// The oldest robot timestamp of the positions in the batch. Timestamps that are not of the calendar (see
    /// [`Timestamp::is_of_calendar`]) are ignored.
    #[must_use]
    pub fn oldest_timestamp(&self, now: Timestamp) -> Option<Timestamp> {
        self.views
            .iter()
            .filter_map(|view| view.position.as_ref())
            .map(|position| position.timestamp)
            .filter(|timestamp| timestamp.is_of_calendar(now))
            .min()
    }

    /// Returns `true` once, to the first caller that has written the batch, if it contains traced messages.
    #[must_use]
    pub fn wants_its_flush_recorded(&self) -> bool {
        // Nearly all batches contain no traces. Loading first avoids a write to a cache line that many cores share.
        // Relaxed suffices, because the flag guards no other data.
        !self.flush_is_recorded.load(Ordering::Relaxed)
            && !self.flush_is_recorded.swap(true, Ordering::Relaxed)
    }
}

/// A batch that is delivered to one subscriber.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Content of the delivery.
    pub batch: Arc<Batch>,
    /// Number of the delivery among those of this subscriber.
    pub number: DeliveryNumber,
}

/// Number of a delivery. Each subscriber has its own numbers, so that they do not reveal deliveries to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryNumber {
    /// The number, starting at 1, without gaps.
    pub tick: u64,
    /// Number of the previous delivery; `None` if the subscriber's view is reset.
    pub prev: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Numbering {
    last: u64,
}

impl Numbering {
    pub(crate) fn next(&mut self, starts_anew: bool) -> DeliveryNumber {
        let prev = (self.last > 0 && !starts_anew).then_some(self.last);
        self.last += 1;
        DeliveryNumber {
            tick: self.last,
            prev,
        }
    }
}
