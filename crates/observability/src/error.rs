use std::{io, path::PathBuf};

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// `LOG__LEVEL` is no filter.
    #[error("the log filter cannot be read")]
    LogFilter(#[from] tracing_subscriber::filter::ParseError),
    /// `LOG__FILE` cannot be written.
    #[error("the log file {} cannot be opened", path.display())]
    LogFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Somebody else in this process logs already.
    #[error("logs are set up already")]
    LogsTwice(#[from] tracing_subscriber::util::TryInitError),
    /// Somebody else in this process counts already.
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
