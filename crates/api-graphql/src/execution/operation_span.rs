//! Spans of operations, regardless of how they arrive.

use application::{
    ports::{Attribute, SpanEnd, SpanKind, SpanStart},
    spans::{self, Span, Trace},
    trace::TraceParent,
};
use juniper::OperationType;
use observability::logs::operation_span;
use tracing::Instrument as _;

use crate::{api::GraphqlApi, document::Prepared};

/// Way in which an operation arrived, which determines the trace that its span belongs to.
#[derive(Clone, Debug)]
pub(crate) enum Arrival {
    /// By an HTTP request, with the trace that the request is part of, if any.
    Request(Option<Trace>),
    /// By a message on a socket. The message may start a new trace or, if the client has sent its position in a trace,
    /// continue that trace.
    Message(Option<TraceParent>),
}

impl Arrival {
    /// Returns the arrival by the HTTP request that is being handled.
    pub(crate) fn by_this_request() -> Self {
        Self::Request(spans::current())
    }
}

/// Runs the work of an operation in its span, if it is traced. The span has failed unless `is_ok` returns `true` for
/// the output.
pub(super) async fn within<T>(
    api: &GraphqlApi,
    prepared: &Prepared,
    arrival: &Arrival,
    work: impl Future<Output = T>,
    is_ok: impl FnOnce(&T) -> bool,
) -> T {
    let span = open(api, prepared, arrival);
    let log = match (&span, arrival) {
        (Some(span), Arrival::Message(_)) => operation_span(span.trace_id()),
        // The log lines of a request contain the id of its trace already.
        (Some(_), Arrival::Request(_)) | (None, _) => tracing::Span::none(),
    };
    let ended = |output: &T| SpanEnd::of((!is_ok(output)).then_some("GraphqlError"));
    spans::within(span, work.instrument(log), ended).await
}

/// Opens the span of an operation, if it is traced. The document and the variables are left out, because they may
/// contain personal data.
fn open(api: &GraphqlApi, prepared: &Prepared, arrival: &Arrival) -> Option<Span> {
    let operation_type = match prepared.kind? {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    let describe = |kind| {
        let mut attributes: Vec<Attribute> = vec![("graphql.operation.type", operation_type.into())];
        if let Some(name) = &prepared.name {
            attributes.push(("graphql.operation.name", name.clone().into()));
        }
        SpanStart {
            name: operation_type.into(),
            kind,
            attributes,
        }
    };
    match arrival {
        Arrival::Request(trace) => trace
            .as_ref()
            .map(|trace| trace.open(describe(SpanKind::Internal))),
        // No other span of this server represents the call of the client.
        Arrival::Message(parent) => {
            spans::open_first(api.tracer.as_ref()?, *parent, || describe(SpanKind::Server))
        }
    }
}
