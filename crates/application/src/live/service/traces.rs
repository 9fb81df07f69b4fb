//! Spans of a message on its way through the live core.

use std::sync::Arc;

use ::live::{Batch, Outlet};
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
    /// Records the span from the arrival of a message to its decoded report. Returns `None` if the message is not
    /// traced. `bytes` is the size of the message, or of its part in an array.
    pub(super) fn begin(
        &self,
        channel: Channel,
        report: &Report,
        bytes: usize,
        received_at: Moment,
        decoded_at: Moment,
    ) -> Option<TraceParent> {
        self.tracer.begin(&SpanRecord {
            name: match channel {
                Channel::Position => "vehicle:position:update receive",
                Channel::State => "vehicle:state:update receive",
            },
            kind: SpanKind::Consumer,
            parent: report.trace_parent,
            links: &[],
            start: received_at,
            end: decoded_at,
            attributes: &[
                ("messaging.system", self.messaging_system.into()),
                ("messaging.destination.name", channel.as_str().into()),
                ("messaging.operation.name", "receive".into()),
                // In OpenTelemetry's terms: the server does not ask for messages, they are delivered to it.
                ("messaging.operation.type", "process".into()),
                ("messaging.message.body.size", bytes.into()),
            ],
        })
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
        let mut attributes: Vec<Attribute> = vec![("fleetwatch.vehicle.id", vehicle_id.to_string().into())];
        attributes.extend(rejection.map(|fault| ("fleetwatch.rejected", fault.reason.as_str().into())));
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

    /// Records the span from the assembly of a batch to its first write to a client. The span belongs to the trace of
    /// the first message of the batch, so that one trace shows the whole path, and is linked to the batch's traced
    /// messages.
    pub(super) fn flushed(&self, batch: &Batch, outlet: Outlet, now: Moment) {
        self.tracer.record(&SpanRecord {
            name: match outlet {
                Outlet::WebSocket => "ws flush",
                Outlet::Graphql => "graphql flush",
            },
            kind: SpanKind::Producer,
            parent: batch.traces.first().copied(),
            links: &batch.traces,
            start: batch.at,
            end: now,
            attributes: &[("fleetwatch.vehicles", batch.views.len().into())],
        });
    }
}
