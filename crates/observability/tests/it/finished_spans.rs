use std::sync::{Arc, Mutex};

use observability::traces::{HeadSampler, OtelTracer};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SimpleSpanProcessor, SpanData, SpanExporter},
};

/// Exporter that keeps finished spans.
#[derive(Debug, Clone, Default)]
pub(crate) struct FinishedSpans(Arc<Mutex<Vec<SpanData>>>);

impl FinishedSpans {
    /// Returns a tracer that keeps this share of the traces without a caller's decision, and the spans that it
    /// finishes.
    pub(crate) fn traced(ratio: f64) -> (OtelTracer, Self) {
        let spans = Self::default();
        let processor = SimpleSpanProcessor::new(spans.clone());
        let sampler = HeadSampler::new(ratio, 1_000);
        (
            OtelTracer::new(sampler, Resource::builder_empty().build(), processor),
            spans,
        )
    }

    /// Returns all spans, in the order in which they ended.
    pub(crate) fn all(&self) -> Vec<SpanData> {
        self.0
            .lock()
            .expect("no test panics while it holds the spans")
            .clone()
    }

    /// Returns the only span.
    pub(crate) fn single(&self) -> SpanData {
        let mut all = self.all();
        assert_eq!(all.len(), 1, "one span is expected: {all:?}");
        all.remove(0)
    }
}

impl SpanExporter for FinishedSpans {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        self.0
            .lock()
            .expect("no test panics while it holds the spans")
            .append(&mut batch);
        Ok(())
    }
}
