use crate::{Moment, trace::TraceParent};

/// Role of a span, as defined by OpenTelemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// The span receives a message from another program.
    Consumer,
    /// The span is work inside the server.
    Internal,
    /// The span sends a message.
    Producer,
}

/// A finished span.
#[derive(Debug, Clone)]
pub struct SpanRecord<'a> {
    /// Name of the span.
    pub name: &'static str,
    /// Role of the span.
    pub kind: SpanKind,
    /// Parent of the span; `None` for the root of a trace.
    pub parent: Option<TraceParent>,
    /// Spans that this one continues, possibly of other traces.
    pub links: &'a [TraceParent],
    /// Start of the span.
    pub start: Moment,
    /// End of the span. An end before the start is treated as equal to the start.
    pub end: Moment,
    /// Attributes of the span.
    pub attributes: &'a [(&'static str, String)],
}

/// Records traces of messages. Both methods are called on the path of live messages, so implementations must not block:
/// they queue spans for export, and drop spans when the queue is full.
pub trait PathTracer: Send + Sync {
    /// Records the first span of a message. It starts a new trace unless `span.parent` is set. Returns the recorded
    /// span, to be used as the parent of later ones; `None` if the message is not sampled.
    fn begin(&self, span: &SpanRecord<'_>) -> Option<TraceParent>;

    /// Records another span of a message that [`PathTracer::begin`] has sampled. Returns the recorded span, to be used
    /// as the parent of later ones.
    fn record(&self, span: &SpanRecord<'_>) -> TraceParent;
}
