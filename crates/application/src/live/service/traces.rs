//! Spans of a message on its way through the live core.

use std::sync::Arc;

use ::live::{Batch, Outlet, TracedMessage};
use domain::VehicleId;

use crate::{
    Moment,
    ports::{Attribute, PathTracer, SpanKind, SpanRecord},
    telemetry::{Channel, Rejection, Report},
    trace::TraceParent,
};

/// The tracer of messages, and the name of the bus that they come from, as the attribute `messaging.system`.
#[derive(Clone)]
pub struct MessageTraces {
    pub tracer: Arc<dyn PathTracer>,
    pub messaging_system: &'static str,
}

impl MessageTraces {
    /// Records the span from the arrival of a message to the decoding of its report. Returns `None` if the message is
    /// not traced. `bytes` is the size of the message, or of its part in an array.
    pub(super) fn begin(
        &self,
        channel: Channel,
        report: &Report,
        bytes: usize,
        times: (Moment, Moment),
    ) -> Option<TraceParent> {
        let attributes = self.attributes(channel, bytes);
        self.received(channel, report.trace_parent, times, &attributes)
    }

    /// Records the span from the arrival of a message to its rejection, for a message from which no report could be
    /// made.
    pub(super) fn rejected(
        &self,
        channel: Channel,
        parent: Option<TraceParent>,
        vehicle_id: Option<VehicleId>,
        rejection: &Rejection,
        bytes: usize,
        times: (Moment, Moment),
    ) {
        let mut attributes = self.attributes(channel, bytes).to_vec();
        attributes.extend(vehicle_id.map(vehicle_attribute));
        attributes.push(rejection_attribute(rejection));
        self.received(channel, parent, times, &attributes);
    }

    fn received(
        &self,
        channel: Channel,
        parent: Option<TraceParent>,
        (start, end): (Moment, Moment),
        attributes: &[Attribute],
    ) -> Option<TraceParent> {
        self.tracer.begin(&SpanRecord {
            name: match channel {
                Channel::Position => "vehicle:position:update receive",
                Channel::State => "vehicle:state:update receive",
            },
            kind: SpanKind::Consumer,
            parent,
            links: &[],
            start,
            end,
            attributes,
        })
    }

    fn attributes(&self, channel: Channel, bytes: usize) -> [Attribute; 5] {
        [
            ("messaging.system", self.messaging_system.into()),
            ("messaging.destination.name", channel.as_str().into()),
            ("messaging.operation.name", "receive".into()),
            // In OpenTelemetry's terms, this is processing: the server does not ask for messages; they are delivered to
            // it.
            ("messaging.operation.type", "process".into()),
            ("messaging.message.body.size", bytes.into()),
        ]
    }

    /// Records the span from a decoded report to its acceptance or rejection.
    pub(super) fn applied(
        &self,
        receive: TraceParent,
        vehicle_id: VehicleId,
        rejection: Option<&Rejection>,
        decoded_at: Moment,
        now: Moment,
    ) -> TraceParent {
        let mut attributes = vec![vehicle_attribute(vehicle_id)];
        attributes.extend(rejection.map(rejection_attribute));
        self.tracer.record(&SpanRecord {
            name: "live apply",
            kind: SpanKind::Internal,
            parent: Some(receive),
            links: &[],
            start: decoded_at,
            end: now,
            attributes: &attributes,
        })
    }

    /// Records the span from the assembly of a batch to its first write to a client. `delivered` are the traced
    /// messages whose data was written. The span belongs to the trace of the first of them, so that one trace shows the
    /// whole path, and is linked to all of them.
    pub(super) fn flushed(
        &self,
        batch: &Batch,
        delivered: &[TracedMessage],
        vehicles: usize,
        outlet: Outlet,
        now: Moment,
    ) {
        let links: Vec<_> = delivered.iter().map(|message| message.span).collect();
        self.tracer.record(&SpanRecord {
            name: match outlet {
                Outlet::WebSocket => "ws flush",
                Outlet::Graphql => "graphql flush",
            },
            kind: SpanKind::Producer,
            parent: links.first().copied(),
            links: &links,
            start: batch.at,
            end: now,
            attributes: &[("fleetwatch.vehicles", vehicles.into())],
        });
    }
}

fn vehicle_attribute(id: VehicleId) -> Attribute {
    ("fleetwatch.vehicle.id", id.to_string().into())
}

fn rejection_attribute(rejection: &Rejection) -> Attribute {
    ("fleetwatch.rejected", rejection.reason.as_str().into())
}
