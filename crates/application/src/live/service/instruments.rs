//! Metrics of the live core. Handles are looked up once, so an accepted message costs no lookup.

use ::live::{LiveStats, Oldest, Served};
use domain::VehicleId;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

use crate::{
    Moment,
    telemetry::{Channel, DroppedFields, OptionalField, Reason, Rejection},
};

pub(super) struct Instruments {
    accepted_positions: Counter,
    accepted_states: Counter,
    lagged: Counter,
    conflated: Counter,
    resyncs: Counter,
    clock_resets: Counter,
    /// Counters indexed by [`OptionalField`].
    dropped: Vec<Counter>,
    sync_lag: Histogram,
    delivery_latency: Histogram,
    data_age: Histogram,
    feed_up: Gauge,
    subscribers: Gauge,
    rooms: Gauge,
}

impl Default for Instruments {
    fn default() -> Self {
        let ingested = |channel: Channel| counter!("fleetwatch_ingest_messages_total", "channel" => channel.as_str(), "outcome" => "accepted");
        Self {
            accepted_positions: ingested(Channel::Position),
            accepted_states: ingested(Channel::State),
            lagged: counter!("fleetwatch_ingest_messages_total", "channel" => "all", "outcome" => "lagged"),
            conflated: counter!("fleetwatch_ws_conflated_total"),
            resyncs: counter!("fleetwatch_ws_resyncs_total"),
            clock_resets: counter!("fleetwatch_clock_resets_total"),
            dropped: OptionalField::ALL
                .iter()
                .map(|field| counter!("fleetwatch_ingest_fields_dropped_total", "field" => field.as_str()))
                .collect(),
            sync_lag: histogram!("fleetwatch_redis_sync_lag_seconds"),
            delivery_latency: histogram!("fleetwatch_delivery_latency_seconds"),
            data_age: histogram!("fleetwatch_data_age_seconds"),
            feed_up: gauge!("fleetwatch_feed_up"),
            subscribers: gauge!("fleetwatch_live_subscribers"),
            rooms: gauge!("fleetwatch_live_rooms"),
        }
    }
}

impl Instruments {
    /// Counts an accepted message. `lag_ms` is the time from the robot's timestamp until now; `None` if unknown.
    pub(super) fn accepted(&self, channel: Channel, lag_ms: Option<i64>) {
        match channel {
            Channel::Position => self.accepted_positions.increment(1),
            Channel::State => self.accepted_states.increment(1),
        }
        if let Some(lag_ms) = lag_ms {
            self.sync_lag.record(lag_ms.max(0) as f64 / 1_000.0);
        }
    }

    pub(super) fn not_taken(&self, channel: Channel, reason: Reason, messages: u64) {
        counter!("fleetwatch_ingest_messages_total", "channel" => channel.as_str(), "outcome" => reason.as_str())
            .increment(messages);
    }

    pub(super) fn clock_was_set_back(&self, channel: Channel, vehicle: VehicleId) {
        self.clock_resets.increment(1);
        tracing::info!(vehicle.id = %vehicle, channel = channel.as_str(), "a robot's clock was set back");
    }

    pub(super) fn dropped(&self, fields: DroppedFields) {
        for field in fields.iter() {
            self.dropped[field as usize].increment(1);
        }
    }

    pub(super) fn rejected(&self, channel: Channel, vehicle: Option<VehicleId>, rejection: &Rejection) {
        let reason = rejection.reason.as_str();
        self.not_taken(channel, rejection.reason, 1);
        tracing::debug!(
            vehicle.id = vehicle.map(tracing::field::display),
            channel = channel.as_str(),
            reason,
            detail = rejection.detail,
            "message rejected"
        );
    }

    pub(super) fn lagged(&self, messages: u64) {
        self.lagged.increment(messages);
    }

    pub(super) fn served(&self, served: Served) {
        if served != Served::default() {
            self.conflated.increment(served.conflated);
            self.resyncs.increment(served.resyncs);
        }
    }

    pub(super) fn feed(&self, is_up: bool) {
        self.feed_up.set(if is_up { 1.0 } else { 0.0 });
    }

    pub(super) fn counted(&self, stats: LiveStats) {
        self.subscribers.set(stats.subscribers as f64);
        self.rooms.set(stats.rooms as f64);
    }

    /// Records the latency and the age of a delivery to one client, based on the oldest new data in it. A delivery
    /// without new data, such as a snapshot, is not recorded.
    pub(super) fn written(
        &self,
        Oldest {
            received_at,
            timestamp,
        }: Oldest,
        now: Moment,
    ) {
        if let Some(received_at) = received_at {
            self.delivery_latency.record(now.since(received_at).as_secs_f64());
        }
        if let Some(timestamp) = timestamp {
            self.data_age
                .record(now.wall().ms_since(timestamp).max(0) as f64 / 1_000.0);
        }
    }
}
