//! The content of one frame.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::telemetry::Timestamp;

use super::{encoded::EncodedOnce, event::LiveEvent, view::VehicleView};
use crate::{moment::Moment, trace::TraceParent};

/// The most traces that one batch remembers; what it carries beyond is not linked to.
pub(crate) const MAX_TRACES: usize = 64;

/// The changes since the last tick, for all subscribers that share an interest and a pace. Events come before views: a
/// view is the newest there is, so what it shows is what the events led to.
#[derive(Debug)]
pub struct Batch {
    /// When it was put together.
    pub at: Moment,
    /// Changes that may not be merged, in order.
    pub events: Vec<Arc<LiveEvent>>,
    /// The newest of each vehicle that changed.
    pub views: Vec<Arc<VehicleView>>,
    /// The spans of the traced messages that it carries.
    pub traces: Vec<TraceParent>,
    /// Whether it shows what was known already, to somebody who has not seen it. How long ago that came in says
    /// nothing about how fast it is delivered.
    pub is_snapshot: bool,
    /// Whether it is a further part of a delivery that is too large for one batch.
    pub(crate) continues: bool,
    /// Its encoded forms, the same for every subscriber. The numbers of a frame are each subscriber's own.
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

    /// As a further part of a delivery that is too large for one batch.
    #[must_use]
    pub(crate) fn continuing(self, continues: bool) -> Self {
        Self { continues, ..self }
    }

    /// The beginning of a picture.
    pub(crate) fn nothing(at: Moment) -> Self {
        Self::snapshot(at, Vec::new(), Vec::new(), Vec::new())
    }

    /// Makes a batch of known state, for a subscriber that has not seen it.
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

    /// Whether it carries nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.views.is_empty()
    }

    /// When the oldest message came in that it carries.
    #[must_use]
    pub fn oldest_received_at(&self) -> Option<Moment> {
        self.views
            .iter()
            .filter_map(|view| view.received_at)
            .min_by_key(|moment| moment.uptime_us)
    }

    /// The oldest timestamp of the robots that it carries, of those whose clocks show the calendar that says `now`.
    #[must_use]
    pub fn oldest_timestamp(&self, now: Timestamp) -> Option<Timestamp> {
        self.views
            .iter()
            .filter_map(|view| view.position.as_ref())
            .map(|position| position.timestamp)
            .filter(|timestamp| timestamp.is_of_calendar(now))
            .min()
    }

    /// True once, for the first who has written a batch that carries traced messages.
    #[must_use]
    pub fn wants_its_flush_recorded(&self) -> bool {
        // Nearly every batch carries none: a load, and no write to a line that many cores share.
        !self.flush_is_recorded.load(Ordering::Relaxed)
            && !self.flush_is_recorded.swap(true, Ordering::Relaxed)
    }
}

/// A batch on its way to one subscriber.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its content.
    pub batch: Arc<Batch>,
    /// Its place among the deliveries of this subscriber.
    pub number: DeliveryNumber,
}

/// The place of a delivery among those of one subscriber. Each subscriber has numbers of its own, so that they do not
/// show what others are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryNumber {
    /// Its number, from 1, without gaps.
    pub tick: u64,
    /// The number of the delivery before it; `None` when the subscriber's picture starts anew.
    pub prev: Option<u64>,
}

/// Numbers the deliveries of one subscriber.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    last: u64,
}

impl Numbering {
    /// The number of the next delivery.
    pub(crate) fn next(&mut self, starts_anew: bool) -> DeliveryNumber {
        let prev = (self.last > 0 && !starts_anew).then_some(self.last);
        self.last += 1;
        DeliveryNumber {
            tick: self.last,
            prev,
        }
    }
}
