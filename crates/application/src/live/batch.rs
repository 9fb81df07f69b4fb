//! What one frame carries.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::telemetry::Timestamp;

use super::{encoded::EncodedOnce, event::LiveEvent, view::VehicleView};
use crate::{moment::Moment, trace::TraceParent};

/// The most traces that one batch remembers; what it carries beyond is not linked to.
pub(super) const MAX_TRACES: usize = 64;

/// What happened since the last tick, for all who share an interest and a pace. Events come before views: a
/// view is the newest there is, so what it shows is what the events led to.
#[derive(Debug)]
pub struct Batch {
    /// Its number; a later batch has a higher one.
    pub tick: u64,
    /// The number of the batch before it, for those who got that one.
    pub prev: Option<u64>,
    /// When it was put together.
    pub at: Moment,
    /// What may not be merged, in order.
    pub events: Vec<Arc<LiveEvent>>,
    /// The newest of each vehicle that changed.
    pub views: Vec<Arc<VehicleView>>,
    /// The spans of the traced messages that it carries.
    pub traces: Vec<TraceParent>,
    /// Whether it shows what was known already, to somebody who has not seen it. How long ago that came in says
    /// nothing about how fast it is delivered.
    pub(super) is_picture: bool,
    /// The whole frame on the wires, for those who got the batch before it.
    pub encoded: EncodedOnce,
    flush_is_recorded: AtomicBool,
}

impl Batch {
    pub(super) fn new(
        tick: u64,
        prev: Option<u64>,
        at: Moment,
        events: Vec<Arc<LiveEvent>>,
        views: Vec<Arc<VehicleView>>,
        traces: Vec<TraceParent>,
    ) -> Self {
        let flush_is_recorded = AtomicBool::new(traces.is_empty());
        let (is_picture, encoded) = (false, EncodedOnce::default());
        Self {
            tick,
            prev,
            at,
            events,
            views,
            traces,
            is_picture,
            encoded,
            flush_is_recorded,
        }
    }

    /// What is known already, for somebody who has not seen it; it follows no other batch.
    pub(super) fn picture(
        tick: u64,
        at: Moment,
        events: Vec<Arc<LiveEvent>>,
        views: Vec<Arc<VehicleView>>,
        traces: Vec<TraceParent>,
    ) -> Self {
        Self {
            is_picture: true,
            ..Self::new(tick, None, at, events, views, traces)
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
    pub(super) fn wants_its_flush_recorded(&self) -> bool {
        // Nearly every batch carries none: a load, and no write to a line that many cores share.
        !self.flush_is_recorded.load(Ordering::Relaxed)
            && !self.flush_is_recorded.swap(true, Ordering::Relaxed)
    }
}

/// A batch on its way to one subscriber.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What it carries.
    pub batch: Arc<Batch>,
    /// The tick of the batch that this subscriber got before; `None` when its picture starts anew.
    pub prev: Option<u64>,
}

impl Delivery {
    /// Whether the subscriber follows tick by tick, so that the frame shared with the others is right for it.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        self.prev == self.batch.prev
    }
}
