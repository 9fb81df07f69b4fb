use crate::{Moment, trace::TraceParent};

/// A span's role between its parent and its children, as OpenTelemetry names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// The span receives a message of another program.
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
    /// Other spans whose work this one continues.
    pub links: &'a [TraceParent],
    /// Start of the span.
    pub start: Moment,
    /// End of the span. An end before the start is treated as equal to it.
    pub end: Moment,
    /// Attributes of the span.
    pub attributes: &'a [(&'static str, String)],
}

/// Records traces of messages. A server without tracing has no tracer and thus no overhead. Both methods are called on
/// the path of live messages, so implementations must not block: they queue spans for export, and drop those for which
/// there is no room.
pub trait PathTracer: Send + Sync {
    /// Records a finished span as the first one of a trace, or as a child of the message's own parent if it has one.
    /// Returns the span, to be used as the parent of later ones; `None` if the message is not sampled.
    fn begin(&self, span: &SpanRecord<'_>) -> Option<TraceParent>;

    /// Adds a span to a trace that [`PathTracer::begin`] has returned, and returns the span, to be used as the parent
    /// of later ones.
    fn record(&self, span: &SpanRecord<'_>) -> TraceParent;
}
