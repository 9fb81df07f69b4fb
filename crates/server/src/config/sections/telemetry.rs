//! The `TELEMETRY__*` settings.

use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use crate::config::{
    mask::hidden,
    reader::Reader,
    secret::headers,
    value::{number, one_of, otlp_url, path},
};

/// Transport of OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// Protobuf over HTTP.
    Http,
    /// gRPC.
    Grpc,
}

/// The `TELEMETRY__*` settings.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// Base URL of a receiver of OTLP. If `None`, no traces are exported.
    pub otlp_endpoint: Option<Url>,
    /// Transport to that receiver.
    pub otlp_protocol: OtlpProtocol,
    /// PEM file with the root certificates for the receiver. If `None`, those of the system are used.
    pub otlp_ca_file: Option<PathBuf>,
    /// Headers of each request to the receiver, such as credentials.
    pub otlp_headers: Vec<(String, SecretString)>,
    /// Share of traces to sample, from 0 to 1, unless the caller has made the sampling decision.
    pub sample_ratio: f64,
    /// Maximum number of sampled traces per second, including those that a caller decided to sample.
    pub max_traces_per_s: u32,
}

impl Telemetry {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        const PROTOCOLS: &[(&str, OtlpProtocol)] =
            &[("http", OtlpProtocol::Http), ("grpc", OtlpProtocol::Grpc)];
        let otlp_endpoint = from.optional(
            "TELEMETRY__OTLP_ENDPOINT",
            "Base URL of the OTLP receiver to which traces are exported; with the protocol `http`, `/v1/traces` is \
             appended, so the URL must not end with it",
            otlp_url(),
        );
        let otlp_protocol = from.value(
            "TELEMETRY__OTLP_PROTOCOL",
            "Transport of OTLP: protobuf over HTTP/1.1 (receivers usually listen on port 4318), or gRPC (4317)",
            "http",
            one_of(PROTOCOLS),
        );
        let has_path = otlp_endpoint.as_ref().is_some_and(|url| url.path() != "/");
        from.rule(
            &["TELEMETRY__OTLP_ENDPOINT", "TELEMETRY__OTLP_PROTOCOL"],
            otlp_protocol == OtlpProtocol::Http || !has_path,
            || "must not have a path with TELEMETRY__OTLP_PROTOCOL = grpc".to_owned(),
        );
        let otlp_ca_file = from.optional(
            "TELEMETRY__OTLP_CA_FILE",
            "PEM file with the root certificates for an https:// receiver; if it is not set, those of the system are \
             used",
            path(),
        );
        let is_encrypted = otlp_endpoint.as_ref().is_some_and(|url| url.scheme() == "https");
        from.rule(
            &["TELEMETRY__OTLP_CA_FILE", "TELEMETRY__OTLP_ENDPOINT"],
            otlp_ca_file.is_none() || is_encrypted,
            || "has no effect unless TELEMETRY__OTLP_ENDPOINT is an https:// URL".to_owned(),
        );
        let otlp_headers = from.secret(
            "TELEMETRY__OTLP_HEADERS",
            "Headers of each request to the receiver, such as credentials; a value must not contain a comma",
            headers(),
            hidden,
        );
        Self {
            otlp_endpoint,
            otlp_protocol,
            otlp_ca_file,
            otlp_headers: otlp_headers.unwrap_or_default(),
            sample_ratio: from.value(
                "TELEMETRY__SAMPLE_RATIO",
                "Share of traces that are kept if the caller has not made the sampling decision",
                "0.01",
                number(0.0..=1.0),
            ),
            max_traces_per_s: from.value(
                "TELEMETRY__MAX_TRACES_PER_S",
                "Maximum number of traces that are kept per second",
                "100",
                number(1..=1_000_000),
            ),
        }
    }
}
