use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor},
};
use uuid::Uuid;

use super::{sampler::HeadSampler, tracer::OtelTracer};
use crate::InitError;

/// Spans that wait for the exporter; more are dropped, and the log says how many. A burst of a few seconds
/// of the default budget, at some ten spans a trace.
const QUEUE: usize = 8_192;

/// How long a span waits for others to be sent with.
const DELAY: Duration = Duration::from_secs(1);

/// How long one request to the receiver may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Which traces are made, and where they go.
#[derive(Debug, Clone)]
pub struct TraceOptions {
    /// The base URL of an OTLP/HTTP receiver, such as `http://127.0.0.1:4318`; none for no traces.
    pub otlp_endpoint: Option<String>,
    /// The share of traces that is kept, from 0 to 1, when the caller has not decided it.
    pub sample_ratio: f64,
    /// The most traces that are kept in a second, whoever decided.
    pub max_traces_per_s: u32,
}

/// A tracer that sends its spans to the receiver, from a thread of its own; `None` when there is none to send
/// them to. A receiver that is away costs spans and a line in the log, nothing else.
///
/// # Errors
/// An endpoint that is no `http://` URL.
pub fn export(options: &TraceOptions, version: &'static str) -> Result<Option<OtelTracer>, InitError> {
    let Some(endpoint) = &options.otlp_endpoint else {
        return Ok(None);
    };
    if !endpoint.starts_with("http://") {
        return Err(InitError::OtlpEndpoint(endpoint.clone()));
    }
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(REQUEST_TIMEOUT)
        .build()?;
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_scheduled_delay(DELAY)
        .build();
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config)
        .build();
    let sampler = HeadSampler::new(options.sample_ratio, options.max_traces_per_s);
    Ok(Some(OtelTracer::new(sampler, resource(version), processor)))
}

/// Who makes the spans. `OTEL_RESOURCE_ATTRIBUTES` may say more.
fn resource(version: &'static str) -> Resource {
    Resource::builder()
        .with_service_name("fleetwatch")
        .with_attributes([
            KeyValue::new("service.version", version),
            KeyValue::new("service.instance.id", Uuid::now_v7().to_string()),
        ])
        .build()
}
