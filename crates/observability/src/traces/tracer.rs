use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use application::{
    Moment,
    ports::{Attribute, AttributeValue, OpenSpan, PathTracer, SpanEnd, SpanKind, SpanRecord, SpanStart},
    trace::TraceParent,
};
use opentelemetry::{
    Context, KeyValue, Value,
    trace::{
        self, Link, Span as _, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags,
        TraceId, TraceState, Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Sampler, SdkTracer, SdkTracerProvider, Span, SpanProcessor},
};

use super::sampler::HeadSampler;

/// Maximum number of links of a span. A frame links to each traced message in it: with 100 traces per second and the
/// longest interval, 10 s, there are up to 1,000.
const MAX_LINKS: u32 = 1_000;

/// Tracer that creates the spans of the traces that the [`HeadSampler`] keeps.
#[derive(Clone)]
pub struct OtelTracer {
    sampler: HeadSampler,
    sdk: SdkTracer,
    provider: SdkTracerProvider,
}

/// Process that created the parent of a span: another process or this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Remote,
    Local,
}

impl OtelTracer {
    /// Creates a tracer that passes finished spans to `processor`.
    #[must_use]
    pub fn new(sampler: HeadSampler, resource: Resource, processor: impl SpanProcessor + 'static) -> Self {
        let provider = SdkTracerProvider::builder()
            // The sampler has decided before a span is built.
            .with_sampler(Sampler::AlwaysOn)
            .with_max_links_per_span(MAX_LINKS)
            .with_resource(resource)
            .with_span_processor(processor)
            .build();
        Self {
            sampler,
            sdk: provider.tracer("fleetwatch"),
            provider,
        }
    }

    /// Starts the span of an incoming request, if its trace is kept.
    pub(crate) fn start_request(&self, name: String, parent: Option<TraceParent>) -> Option<Span> {
        self.sampler.admits(parent).then(|| {
            let builder = SpanBuilder::from_name(name).with_kind(trace::SpanKind::Server);
            self.start(builder, parent, Origin::Remote)
        })
    }

    /// Sends the remaining spans, which takes at most `within`, and stops creating spans. Blocks the thread.
    ///
    /// # Errors
    /// Returns the SDK's error if spans could not be sent.
    pub fn shut_down(&self, within: Duration) -> OTelSdkResult {
        self.provider.shutdown_with_timeout(within)
    }

    fn start(&self, builder: SpanBuilder, parent: Option<TraceParent>, origin: Origin) -> Span {
        let context = match parent {
            Some(parent) => Context::new().with_remote_span_context(span_context(parent, origin)),
            None => Context::new(),
        };
        self.sdk.build_with_context(builder, &context)
    }

    fn started(&self, start: SpanStart, parent: Option<TraceParent>, origin: Origin) -> Box<dyn OpenSpan> {
        let builder = SpanBuilder::from_name(start.name)
            .with_kind(span_kind(start.kind))
            .with_attributes(start.attributes.into_iter().map(key_value));
        Box::new(OtelSpan(self.start(builder, parent, origin)))
    }

    fn add(&self, record: &SpanRecord<'_>, origin: Origin) -> TraceParent {
        let attributes = record.attributes.iter().cloned().map(key_value);
        let links = record
            .links
            .iter()
            .map(|link| Link::with_context(span_context(*link, Origin::Local)));
        let builder = SpanBuilder::from_name(record.name)
            .with_kind(span_kind(record.kind))
            .with_start_time(system_time(record.start))
            .with_attributes(attributes.collect::<Vec<_>>())
            .with_links(links.collect());
        let mut span = self.start(builder, record.parent, origin);
        // The wall clock may be set back in the meantime, but a span must not end before it starts.
        let took = record.end.since(record.start);
        span.end_with_timestamp(system_time(record.start.after(took)));
        position_of(span.span_context())
    }
}

impl PathTracer for OtelTracer {
    fn begin(&self, span: &SpanRecord<'_>) -> Option<TraceParent> {
        self.sampler
            .admits(span.parent)
            .then(|| self.add(span, Origin::Remote))
    }

    fn record(&self, span: &SpanRecord<'_>) -> TraceParent {
        self.add(span, Origin::Local)
    }

    fn open_first(
        &self,
        parent: Option<TraceParent>,
        describe: &dyn Fn() -> SpanStart,
    ) -> Option<Box<dyn OpenSpan>> {
        self.sampler
            .admits(parent)
            .then(|| self.started(describe(), parent, Origin::Remote))
    }

    fn open(&self, start: SpanStart, parent: TraceParent) -> Box<dyn OpenSpan> {
        self.started(start, Some(parent), Origin::Local)
    }
}

/// A started span. The SDK ends it when it is dropped.
struct OtelSpan(Span);

impl OpenSpan for OtelSpan {
    fn as_parent(&self) -> TraceParent {
        position_of(self.0.span_context())
    }

    fn end(mut self: Box<Self>, end: SpanEnd) {
        let SpanEnd {
            name,
            attributes,
            error,
        } = end;
        if let Some(name) = name {
            self.0.update_name(name);
        }
        self.0.set_attributes(attributes.into_iter().map(key_value));
        if let Some(kind) = error {
            self.0.set_attribute(KeyValue::new("error.type", kind));
            // The description stays empty: messages of errors may contain personal data.
            self.0.set_status(Status::error(""));
        }
        self.0.end();
    }
}

fn key_value((key, value): Attribute) -> KeyValue {
    let value = match value {
        AttributeValue::Text(text) => Value::from(text),
        AttributeValue::Number(number) => Value::from(number),
    };
    KeyValue::new(key, value)
}

impl fmt::Debug for OtelTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelTracer")
            .field("sampler", &self.sampler)
            .finish_non_exhaustive()
    }
}

pub(crate) fn position_of(context: &SpanContext) -> TraceParent {
    TraceParent {
        trace_id: u128::from_be_bytes(context.trace_id().to_bytes()),
        span_id: u64::from_be_bytes(context.span_id().to_bytes()),
        sampled: context.is_sampled(),
    }
}

fn span_context(parent: TraceParent, origin: Origin) -> SpanContext {
    SpanContext::new(
        TraceId::from(parent.trace_id),
        SpanId::from(parent.span_id),
        TraceFlags::default().with_sampled(parent.sampled),
        origin == Origin::Remote,
        TraceState::default(),
    )
}

const fn span_kind(kind: SpanKind) -> trace::SpanKind {
    match kind {
        SpanKind::Consumer => trace::SpanKind::Consumer,
        SpanKind::Internal => trace::SpanKind::Internal,
        SpanKind::Server => trace::SpanKind::Server,
        SpanKind::Producer => trace::SpanKind::Producer,
        SpanKind::Client => trace::SpanKind::Client,
    }
}

fn system_time(moment: Moment) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(moment.unix_us)
}
