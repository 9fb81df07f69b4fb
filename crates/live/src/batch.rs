//! Batches of events and views, and their deliveries, which are numbered per subscriber.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use domain::telemetry::Timestamp;

use super::{encoded::EncodedFrame, event::LiveEvent, view::VehicleView};
use crate::{
    moment::Moment,
    report::Channel,
    traced::{MessageNumbers, TracedMessage},
};

/// Maximum number of traced messages in one batch. Those beyond it are not linked to the delivery.
pub(crate) const MAX_TRACES: usize = 64;

/// The API through which a batch reaches a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlet {
    /// A socket at `/ws`.
    WebSocket,
    /// A GraphQL subscription.
    Graphql,
}

/// Events and views that are delivered together. Subscribers with the same interest, scope, interval and delivery mode
/// share the batches of their room; snapshots and merged batches are made for one subscriber. Events precede views: a
/// view shows the newest data, and therefore the result of the events.
#[derive(Debug)]
pub struct Batch {
    /// Time at which the batch was assembled.
    pub at: Moment,
    /// Changes that must not be merged, in order.
    pub events: Vec<Arc<LiveEvent>>,
    /// The newest views, at most one per vehicle.
    pub views: Vec<Arc<VehicleView>>,
    /// For each view, the view of the same vehicle that every recipient already has; `None` if some have none. Empty if
    /// all views are to be sent in full.
    pub bases: Vec<Option<Arc<VehicleView>>>,
    /// The traced messages whose data the views show, in the order of their arrival; at most 64.
    pub traces: Vec<TracedMessage>,
    /// Whether the batch contains data that the server knew before the subscriber needed it. The age of such data says
    /// nothing about the delay of its delivery.
    pub is_snapshot: bool,
    /// Number of the last message whose data is not new in the batch: it was delivered before, or concerned vehicles
    /// that the recipients did not need at that time.
    pub(crate) known: u64,
    /// Whether the batch continues a delivery that is too large for one batch.
    pub(crate) continues: bool,
    /// The encoded forms, which all recipients share. They do not contain the delivery number, which differs between
    /// subscribers.
    pub encoded: EncodedFrame,
    flush_is_recorded: [AtomicBool; 2],
    oldest: OnceLock<Oldest>,
}

/// Times of the oldest data that is new in a delivery. Data is not new if it is in a snapshot, was read from the live
/// keys, or is delivered again because something else about its vehicle has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oldest {
    /// Earliest arrival time of the newest messages from the vehicles with new data; `None` if there are none.
    pub received_at: Option<Moment>,
    /// Oldest timestamp of a robot among the new positions and states; `None` if there is none. Messages without a
    /// timestamp of their own, and timestamps of clocks that were never set (see [`Timestamp::is_of_calendar`]), are
    /// ignored.
    pub timestamp: Option<Timestamp>,
}

impl Oldest {
    /// Includes the data of a view that is new in a batch.
    pub fn include(&mut self, view: &VehicleView, batch: &Batch) {
        if batch.is_snapshot {
            return;
        }
        let position = view
            .position
            .as_ref()
            .map(|position| (Channel::Position, position.timestamp));
        let state = view
            .state
            .as_ref()
            .map(|state| (Channel::State, state.last_update_time));
        for (channel, timestamp) in [position, state].into_iter().flatten() {
            if view.messages.of(channel) <= batch.known {
                continue;
            }
            self.received_at = [self.received_at, view.received_at]
                .into_iter()
                .flatten()
                .min_by_key(|moment| moment.uptime_us);
            if view.messages.is_stamped(channel) && timestamp.is_of_calendar(batch.at.wall()) {
                self.timestamp = Some(self.timestamp.map_or(timestamp, |oldest| oldest.min(timestamp)));
            }
        }
    }
}

impl Batch {
    /// Creates a batch of changes.
    #[must_use]
    pub fn new(
        at: Moment,
        events: Vec<Arc<LiveEvent>>,
        views: Vec<Arc<VehicleView>>,
        traces: Vec<TracedMessage>,
    ) -> Self {
        let (is_snapshot, encoded) = (false, EncodedFrame::default());
        Self {
            at,
            events,
            views,
            bases: Vec::new(),
            traces,
            continues: false,
            is_snapshot,
            known: MessageNumbers::NONE,
            encoded,
            flush_is_recorded: Default::default(),
            oldest: OnceLock::new(),
        }
    }

    #[must_use]
    pub(crate) fn continuing(self, continues: bool) -> Self {
        Self { continues, ..self }
    }

    /// Sets the views that the recipients already have.
    #[must_use]
    pub fn with_bases(self, bases: Vec<Option<Arc<VehicleView>>>) -> Self {
        Self { bases, ..self }
    }

    /// Sets the number of the last message whose data is not new in the batch.
    #[must_use]
    pub(crate) fn with_known(self, known: u64) -> Self {
        Self { known, ..self }
    }

    /// Returns a copy for recipients that do not have the bases. The traces stay with this batch; the copy has none.
    pub(crate) fn in_full(&self) -> Self {
        Self {
            is_snapshot: self.is_snapshot,
            known: self.known,
            ..Self::new(self.at, self.events.clone(), self.views.clone(), Vec::new())
        }
        .continuing(self.continues)
    }

    /// Creates an empty snapshot, to which a step of a walk adds its results.
    pub(crate) fn nothing(at: Moment) -> Self {
        Self::snapshot(at, Vec::new(), Vec::new(), Vec::new())
    }

    /// Creates a snapshot: a batch of known data for one subscriber.
    pub(crate) fn snapshot(
        at: Moment,
        events: Vec<Arc<LiveEvent>>,
        views: Vec<Arc<VehicleView>>,
        traces: Vec<TracedMessage>,
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

    /// Returns the times of the oldest data that is new in the batch. The first call determines them for all
    /// recipients.
    pub fn oldest(&self) -> Oldest {
        *self.oldest.get_or_init(|| {
            let mut oldest = Oldest::default();
            for view in &self.views {
                oldest.include(view, self);
            }
            oldest
        })
    }

    /// Drops the traced messages whose data no view shows.
    pub(crate) fn keep_shown_traces(&mut self) {
        let views = &self.views;
        self.traces
            .retain(|message| views.iter().any(|view| view.shows(message)));
    }

    /// Returns `true` on the first call for an outlet if the batch contains traced messages, and `false` otherwise.
    /// Called for each write of the batch to a client.
    #[must_use]
    pub fn wants_its_flush_recorded(&self, outlet: Outlet) -> bool {
        let is_recorded = &self.flush_is_recorded[outlet as usize];
        // Nearly all batches contain no traces. Loading first avoids a write to a cache line that many cores share.
        // Relaxed suffices, because the flag guards no other data.
        !self.traces.is_empty()
            && !is_recorded.load(Ordering::Relaxed)
            && !is_recorded.swap(true, Ordering::Relaxed)
    }
}

/// A batch that is delivered to one subscriber.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Content of the delivery.
    pub batch: Arc<Batch>,
    /// Number of the delivery in the sequence of this subscriber.
    pub number: DeliveryNumber,
}

/// Number of a delivery. Each subscriber has its own sequence, so the numbers reveal nothing about other subscribers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryNumber {
    /// The number, starting at 1, without gaps.
    pub tick: u64,
    /// Number of the previous delivery; `None` for the first delivery, and for one that restarts the subscriber's view.
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

#[cfg(test)]
mod tests {
    use domain::VehicleId;
    use uuid::Uuid;

    use super::*;
    use crate::trace::TraceParent;

    #[test]
    fn the_first_write_of_traced_messages_is_recorded_for_each_outlet() {
        let trace = TracedMessage {
            vehicle_id: VehicleId::from_uuid(Uuid::from_u128(1)),
            channel: Channel::Position,
            number: 1,
            span: TraceParent {
                trace_id: 1,
                span_id: 2,
                sampled: true,
            },
        };
        let at = Moment {
            unix_us: 1,
            uptime_us: 1,
        };
        let traced = Batch::new(at, Vec::new(), Vec::new(), vec![trace]);
        let untraced = Batch::nothing(at);
        for outlet in [Outlet::WebSocket, Outlet::Graphql] {
            assert!(traced.wants_its_flush_recorded(outlet));
            assert!(!traced.wants_its_flush_recorded(outlet));
            assert!(!untraced.wants_its_flush_recorded(outlet));
        }
    }
}
