//! The `LOG__*` settings.

use std::path::PathBuf;

use application::ports::LogFilter;

use crate::config::{
    Environment,
    reader::Reader,
    value::{log_filter, number, one_of, path},
};

const MEGABYTE: u64 = 1_000_000;

/// The `LOG__*` settings.
#[derive(Debug, Clone)]
pub struct Log {
    /// A level, or levels by module.
    pub level: LogFilter,
    /// Format of the lines on standard error.
    pub format: LogFormat,
    /// Additional log file, with one JSON object per line.
    pub file: Option<PathBuf>,
    /// Size in bytes at which the log file is rotated.
    pub file_max_bytes: u64,
    /// Number of rotated files that are kept.
    pub file_keep: usize,
}

/// Format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text that is easy to read.
    Pretty,
    /// One JSON object per line.
    Json,
}

impl Log {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        const FORMATS: &[(&str, LogFormat)] = &[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)];
        let format = if from.environment() == Environment::Development {
            "pretty"
        } else {
            "json"
        };
        Self {
            level: from.value("LOG__LEVEL", "Log level, or a filter with levels by module", "info", log_filter()),
            format: from.value("LOG__FORMAT", "Format of log lines on standard error", format, one_of(FORMATS)),
            file: from.optional(
                "LOG__FILE",
                "Additional log file, in JSON, which only its owner can read. A relative path is relative to the \
                 working directory; a pipe is not supported",
                path(),
            ),
            file_max_bytes: from.value(
                "LOG__FILE_MAX_MB",
                "Size in megabytes at which the log file is rotated",
                "100",
                number(1..=1_000_000),
            ) * MEGABYTE,
            file_keep: from.value(
                "LOG__FILE_KEEP",
                "Number of rotated log files that are kept",
                "7",
                number(0..=1_000),
            ),
        }
    }
}
