use std::borrow::Cow;

use crate::{Moment, trace::TraceParent};

/// Role of a span, as defined by OpenTelemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// The span receives a message from another program.
    Consumer,
    /// The span is work inside the server.
    Internal,
    /// The span serves a request from another program.
    Server,
    /// The span sends a message.
    Producer,
    /// The span waits for the answer from another program, such as a database.
    Client,
}

/// Value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text.
    Text(Cow<'static, str>),
    /// A whole number.
    Number(i64),
}

impl From<&'static str> for AttributeValue {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for AttributeValue {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<Cow<'static, str>> for AttributeValue {
    fn from(text: Cow<'static, str>) -> Self {
        Self::Text(text)
    }
}

impl From<u16> for AttributeValue {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for AttributeValue {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// Name and value of an attribute. Names are those of OpenTelemetry's semantic conventions where these define one, and
/// start with `fleetwatch.` otherwise. Values must not contain personal data, nor parameters of statements.
pub type Attribute = (&'static str, AttributeValue);

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
    pub attributes: &'a [Attribute],
}

/// A span that starts now.
#[derive(Debug, Clone)]
pub struct SpanStart {
    /// Name of the span, unless its [`SpanEnd`] has another one.
    pub name: Cow<'static, str>,
    /// Role of the span.
    pub kind: SpanKind,
    /// Attributes that are known at the start.
    pub attributes: Vec<Attribute>,
}

/// Details of a span that are only known at its end.
#[derive(Debug, Clone, Default)]
pub struct SpanEnd {
    /// Final name of the span, if it was not known at the start.
    pub name: Option<Cow<'static, str>>,
    /// Further attributes.
    pub attributes: Vec<Attribute>,
    /// Kind of the error that the span ended with, from a small set of values.
    pub error: Option<Cow<'static, str>>,
}

impl SpanEnd {
    /// Returns the end of a span that has failed with an error of this kind, or succeeded if it is `None`.
    #[must_use]
    pub fn of(error: Option<impl Into<Cow<'static, str>>>) -> Self {
        Self {
            error: error.map(Into::into),
            ..Self::default()
        }
    }
}

/// A span that has started. Dropping it also ends it, because its work was cancelled.
pub trait OpenSpan: Send + Sync {
    /// Returns the span, to be used as the parent of others.
    fn as_parent(&self) -> TraceParent;

    /// Ends the span now.
    fn end(self: Box<Self>, end: SpanEnd);
}

/// Records the spans of traces. Implementations must not block, because messages are recorded on the path of live data:
/// they queue spans for export, and drop spans when the queue is full.
pub trait PathTracer: Send + Sync {
    /// Records the first span of a message. It starts a new trace unless `span.parent` is set. Returns the recorded
    /// span, to be used as the parent of later ones; `None` if the message is not sampled.
    fn begin(&self, span: &SpanRecord<'_>) -> Option<TraceParent>;

    /// Records another span of a message that [`PathTracer::begin`] has sampled. Returns the recorded span, to be used
    /// as the parent of later ones.
    fn record(&self, span: &SpanRecord<'_>) -> TraceParent;

    /// Starts the first span of a request. It starts a new trace unless `parent` is set. Returns `None`, without
    /// calling `describe`, if the request is not sampled.
    fn open_first(
        &self,
        parent: Option<TraceParent>,
        describe: &dyn Fn() -> SpanStart,
    ) -> Option<Box<dyn OpenSpan>>;

    /// Starts a span of a sampled trace, as a child of `parent`.
    fn open(&self, start: SpanStart, parent: TraceParent) -> Box<dyn OpenSpan>;
}
