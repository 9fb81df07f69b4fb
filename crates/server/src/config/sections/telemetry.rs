//! Settings `TELEMETRY__*`.

use url::Url;

use crate::config::{
    reader::Reader,
    value::{number, otlp_url},
};

/// Settings `TELEMETRY__*`.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// Base URL of an OTLP/HTTP receiver. If `None`, no traces are exported.
    pub otlp_endpoint: Option<Url>,
    /// Share of traces to sample, from 0 to 1, unless the caller has made the sampling decision.
    pub sample_ratio: f64,
    /// Maximum number of sampled traces per second, including those that a caller decided to sample.
    pub max_traces_per_s: u32,
}

impl Telemetry {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        Self {
            otlp_endpoint: from.optional(
                "TELEMETRY__OTLP_ENDPOINT",
                "Base URL of an OTLP/HTTP receiver of traces; `/v1/traces` is appended",
                otlp_url(),
            ),
            sample_ratio: from.value(
                "TELEMETRY__SAMPLE_RATIO",
                "Share of traces that are kept if the caller has not made the decision",
                "0.01",
                number(0.0..=1.0),
            ),
            max_traces_per_s: from.value(
                "TELEMETRY__MAX_TRACES_PER_S",
                "Maximum number of traces kept per second",
                "100",
                number(1..=1_000_000),
            ),
        }
    }
}
