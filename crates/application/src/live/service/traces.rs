//! Spans of a message on its way through the live core.

use ::live::Batch;
use domain::VehicleId;

use crate::{
    Moment,
    ports::{PathTracer, SpanKind, SpanRecord},
    telemetry::{Channel, Rejection, Report},
    trace::TraceParent,
};

/// Records the span from the arrival of a message to its decoded report. Returns `None` if the message is not traced.
pub(super) fn begin(
    tracer: &dyn PathTracer,
    channel: Channel,
    report: &Report,
    received_at: Moment,
    decoded_at: Moment,
) -> Option<TraceParent> {
    tracer.begin(&SpanRecord {
        name: match channel {
            Channel::Position => "vehicle:position:update receive",
            Channel::State => "vehicle:state:update receive",
        },
        kind: SpanKind::Consumer,
        parent: report.trace_parent,
        links: &[],
        start: received_at,
        end: decoded_at,
        attributes: &[],
    })
}

/// Records the span from a decoded report to its acceptance or rejection.
pub(super) fn applied(
    tracer: &dyn PathTracer,
    receive: TraceParent,
    vehicle_id: VehicleId,
    rejection: Option<&Rejection>,
    decoded_at: Moment,
    now: Moment,
) -> TraceParent {
    let mut attributes = vec![("fleetwatch.vehicle.id", vehicle_id.to_string())];
    attributes.extend(rejection.map(|fault| ("fleetwatch.rejected", fault.reason.as_str().to_owned())));
    tracer.record(&SpanRecord {
        name: "live apply",
        kind: SpanKind::Internal,
        parent: Some(receive),
        links: &[],
        start: decoded_at,
        end: now,
        attributes: &attributes,
    })
}

/// Records the span from the assembly of a batch to its first write to a client. The span belongs to the trace of the
/// first message of the batch, so that one trace shows the whole path, and is linked to the batch's traced messages.
pub(super) fn flushed(tracer: &dyn PathTracer, batch: &Batch, now: Moment) {
    tracer.record(&SpanRecord {
        name: "ws flush",
        kind: SpanKind::Producer,
        parent: batch.traces.first().copied(),
        links: &batch.traces,
        start: batch.at,
        end: now,
        attributes: &[("fleetwatch.vehicles", batch.views.len().to_string())],
    });
}
