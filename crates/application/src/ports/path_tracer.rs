use crate::{Moment, trace::TraceParent};

/// A span's role between its parent and its children, as OpenTelemetry names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// Takes a message that somebody else sent.
    Consumer,
    /// Work inside the server.
    Internal,
    /// Sends a message on.
    Producer,
}

/// A piece of work that is over.
#[derive(Debug, Clone)]
pub struct SpanRecord<'a> {
    /// The span's name.
    pub name: &'static str,
    /// Its role.
    pub kind: SpanKind,
    /// The span that it belongs to.
    pub parent: Option<TraceParent>,
    /// Other spans whose work it carries on.
    pub links: &'a [TraceParent],
    /// When it began.
    pub start: Moment,
    /// When it was over.
    pub end: Moment,
    /// What is worth knowing of it.
    pub attributes: &'a [(&'static str, String)],
}

/// Records the way of messages. A server without traces has none, and pays nothing.
pub trait PathTracer: Send + Sync {
    /// Begins the trace of a message with a span that is over already, under the message's own parent if it
    /// has one. `None`: this message is not traced.
    fn begin(&self, span: &SpanRecord<'_>) -> Option<TraceParent>;

    /// Adds a span to a trace that [`PathTracer::begin`] began.
    fn record(&self, span: &SpanRecord<'_>) -> TraceParent;
}
