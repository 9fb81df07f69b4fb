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
    /// `TELEMETRY__OTLP_ENDPOINT` is not an `http://` or `https://` URL.
    #[error("traces can only be exported to http:// and https:// URLs, not to {0}")]
    OtlpEndpoint(String),
    /// The root certificates in `TELEMETRY__OTLP_CA_FILE`, or those of the system, cannot be used.
    #[error("cannot load the root certificates for the receiver of traces ({file})")]
    OtlpRoots { file: String, source: io::Error },
    /// A header in `TELEMETRY__OTLP_HEADERS` is malformed.
    #[error("the header {0:?} for the receiver of traces is malformed")]
    OtlpHeader(String),
    /// The exporter of traces cannot be built.
    #[error("cannot set up the trace exporter")]
    OtlpExporter(#[from] opentelemetry_otlp::ExporterBuildError),
}
