//! Setup of logs, metrics and traces.

use anyhow::Context as _;
use observability::{
    Options, Telemetry,
    logs::{LogFileOptions, LogFormat, LogOptions},
    traces::{OtlpProtocol, OtlpReceiver, TraceOptions},
};

use crate::config::{self, Config};

/// Sets up logs, metrics and traces. Call it once per process.
///
/// # Errors
/// Fails if the log file or the OTLP endpoint can't be used.
pub fn observe(config: &Config) -> anyhow::Result<Telemetry> {
    let format = match config.log.format {
        config::LogFormat::Pretty => LogFormat::Pretty,
        config::LogFormat::Json => LogFormat::Json,
    };
    let telemetry = &config.telemetry;
    Telemetry::init(&Options {
        logs: LogOptions {
            level: config.log.level.as_str().to_owned(),
            format,
            file: config.log.file.clone().map(|path| LogFileOptions {
                path,
                max_bytes: config.log.file_max_bytes,
                keep: config.log.file_keep,
            }),
        },
        traces: TraceOptions {
            receiver: telemetry.otlp_endpoint.as_ref().map(|url| OtlpReceiver {
                endpoint: url.to_string(),
                protocol: match telemetry.otlp_protocol {
                    config::OtlpProtocol::Http => OtlpProtocol::Http,
                    config::OtlpProtocol::Grpc => OtlpProtocol::Grpc,
                },
                ca_file: telemetry.otlp_ca_file.clone(),
                headers: telemetry.otlp_headers.clone(),
            }),
            sample_ratio: telemetry.sample_ratio,
            max_traces_per_s: telemetry.max_traces_per_s,
        },
        version: env!("CARGO_PKG_VERSION"),
    })
    .context("cannot set up logs, metrics and traces")
}
