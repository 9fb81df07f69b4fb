use std::{io, path::PathBuf};

/// Error while setting up telemetry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// `LOG__LEVEL` is not a valid filter.
    #[error("invalid log filter")]
    LogFilter(#[from] tracing_subscriber::filter::ParseError),
    /// `LOG__FILE` cannot be opened.
    #[error("cannot open the log file {}", path.display())]
    LogFile { path: PathBuf, source: io::Error },
    /// A log subscriber is already set in this process.
    #[error("logging is already initialised")]
    LogsTwice(#[from] tracing_subscriber::util::TryInitError),
    /// A metrics recorder is already set in this process.
    #[error("metrics are already initialised")]
    MetricsTwice,
    /// `TELEMETRY__OTLP_ENDPOINT` is not an `http://` URL.
    #[error(
        "traces can only be exported over plain http://, not to {0}: use a local collector that forwards them over TLS"
    )]
    OtlpEndpoint(String),
    /// The exporter of traces cannot be built.
    #[error("cannot set up the trace exporter")]
    OtlpExporter(#[from] opentelemetry_otlp::ExporterBuildError),
}
