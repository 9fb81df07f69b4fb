use std::{path::PathBuf, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::KeyValue;
use opentelemetry_otlp::{
    Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _, WithTonicConfig as _,
    tonic_types::{metadata::MetadataMap, transport::ClientTlsConfig},
};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor},
};
use rustls::RootCertStore;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::{http_client::RuntimeClient, limited::Limited, sampler::HeadSampler, tracer::OtelTracer};
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
    /// Receiver of the traces; `None` disables traces.
    pub receiver: Option<OtlpReceiver>,
    /// Share of traces to keep, from 0 to 1, if the caller has not decided.
    pub sample_ratio: f64,
    /// Maximum number of traces kept per second, regardless of who made the decision.
    pub max_traces_per_s: u32,
}

/// A receiver of traces, such as an OpenTelemetry Collector.
#[derive(Debug, Clone)]
pub struct OtlpReceiver {
    /// Base URL, such as `http://127.0.0.1:4318`. With `https://`, the certificate is verified.
    pub endpoint: String,
    pub protocol: OtlpProtocol,
    /// PEM file with the root certificates for `https://`; those of the system if it is `None`.
    pub ca_file: Option<PathBuf>,
    /// Names and values of headers that each request contains, such as credentials.
    pub headers: Vec<(String, SecretString)>,
}

/// Transport of OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// Protobuf over HTTP/1.1; `/v1/traces` is appended to the URL.
    Http,
    /// gRPC, that is, HTTP/2.
    Grpc,
}

/// Creates a tracer that sends its spans to the receiver from a dedicated thread; `None` if no receiver is configured.
/// While the receiver is unavailable, spans are lost and a line is logged. Must be called on a tokio runtime, on which
/// requests are made.
///
/// # Errors
/// Returns [`InitError`] if the endpoint is not an `http://` or `https://` URL, the root certificates cannot be read, a
/// header is malformed, or the exporter cannot be built.
pub fn export(options: &TraceOptions, version: &'static str) -> Result<Option<OtelTracer>, InitError> {
    let Some(receiver) = &options.receiver else {
        return Ok(None);
    };
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_scheduled_delay(DELAY)
        .build();
    let exporter = Limited {
        exporter: exporter(receiver)?,
        limit: REQUEST_TIMEOUT,
    };
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config)
        .build();
    let sampler = HeadSampler::new(options.sample_ratio, options.max_traces_per_s);
    Ok(Some(OtelTracer::new(sampler, resource(version), processor)))
}

fn exporter(receiver: &OtlpReceiver) -> Result<SpanExporter, InitError> {
    let endpoint = receiver.endpoint.trim_end_matches('/');
    let is_encrypted = endpoint.starts_with("https://");
    if !is_encrypted && !endpoint.starts_with("http://") {
        return Err(InitError::OtlpEndpoint(receiver.endpoint.clone()));
    }
    // Plain connections need no roots, and a system without any must not prevent the server from starting.
    let roots = match &receiver.ca_file {
        _ if !is_encrypted => RootCertStore::empty(),
        Some(path) => tls_client::roots_in(path).map_err(|source| InitError::OtlpRoots {
            file: path.display().to_string(),
            source,
        })?,
        None => tls_client::roots_of_the_system().map_err(|source| InitError::OtlpRoots {
            file: "those of the system".to_owned(),
            source,
        })?,
    };
    let headers = headers(&receiver.headers)?;
    Ok(match receiver.protocol {
        OtlpProtocol::Http => SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(REQUEST_TIMEOUT)
            .with_http_client(RuntimeClient::new(
                tls_client::verified(roots),
                headers,
                REQUEST_TIMEOUT,
            ))
            .build()?,
        OtlpProtocol::Grpc => {
            let builder = SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .with_timeout(REQUEST_TIMEOUT)
                .with_metadata(MetadataMap::from_headers(headers));
            let builder = match is_encrypted {
                true => builder.with_tls_config(ClientTlsConfig::new().trust_anchors(roots.roots)),
                false => builder,
            };
            builder.build()?
        }
    })
}

/// Converts the headers. Their values are never shown in logs.
fn headers(headers: &[(String, SecretString)]) -> Result<HeaderMap, InitError> {
    let parsed = headers.iter().map(|(name, value)| {
        let fault = || InitError::OtlpHeader(name.clone());
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fault())?;
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| fault())?;
        value.set_sensitive(true);
        Ok((key, value))
    });
    parsed.collect()
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
