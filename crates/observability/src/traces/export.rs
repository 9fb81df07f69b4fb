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

/// Maximum number of spans that wait for the exporter. Further ones are dropped, and their number is logged. With the
/// default budget and ten spans per trace, the queue holds the spans of eight seconds.
const QUEUE: usize = 8_192;

/// Maximum time that a span waits for a batch.
const DELAY: Duration = Duration::from_secs(1);

/// Timeout of one request to the receiver.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Options of the traces.
#[derive(Debug, Clone)]
pub struct TraceOptions {
    /// Base URL of an OTLP/HTTP receiver, such as `http://127.0.0.1:4318`; `None` disables traces.
    pub otlp_endpoint: Option<String>,
    /// Share of traces to keep, from 0 to 1, if the caller has not decided.
    pub sample_ratio: f64,
    /// Maximum number of traces kept per second, regardless of who made the decision.
    pub max_traces_per_s: u32,
}

/// Creates a tracer that sends its spans to the receiver from a dedicated thread; `None` if no receiver is configured.
/// While the receiver is unavailable, spans are lost and a line is logged.
///
/// # Errors
/// Returns [`InitError`] if the endpoint is not an `http://` URL, or the exporter cannot be built.
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

/// Returns the description of this server as the source of spans. `OTEL_RESOURCE_ATTRIBUTES` may add attributes.
fn resource(version: &'static str) -> Resource {
    Resource::builder()
        .with_service_name("fleetwatch")
        .with_attributes([
            KeyValue::new("service.version", version),
            KeyValue::new("service.instance.id", Uuid::now_v7().to_string()),
        ])
        .build()
}
