use std::{io, path::PathBuf};

/// Error of setting up telemetry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// `LOG__LEVEL` is not a valid filter.
    #[error("the log filter cannot be read")]
    LogFilter(#[from] tracing_subscriber::filter::ParseError),
    /// `LOG__FILE` cannot be opened.
    #[error("the log file {} cannot be opened", path.display())]
    LogFile { path: PathBuf, source: io::Error },
    /// A log subscriber is already set in this process.
    #[error("logs are set up already")]
    LogsTwice(#[from] tracing_subscriber::util::TryInitError),
    /// A metrics recorder is already set in this process.
    #[error("metrics are set up already")]
    MetricsTwice,
    /// `TELEMETRY__OTLP_ENDPOINT` is not plain HTTP.
    #[error(
        "traces are exported over plain http:// only, not to {0}: let a collector beside the server take them \
         on over TLS"
    )]
    OtlpEndpoint(String),
    /// The exporter of traces cannot be built.
    #[error("the exporter of traces cannot be set up")]
    OtlpExporter(#[from] opentelemetry_otlp::ExporterBuildError),
}
