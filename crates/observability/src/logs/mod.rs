//! Logs on the console and, if configured, in a file.

pub(crate) mod context;
mod control;
mod damper;
mod json;
mod log_file;
mod loss;
mod replaced;
#[cfg(test)]
mod written;

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use application::ports::LogControl;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, WorkerGuard};
use tracing_subscriber::{
    Layer, Registry,
    filter::filter_fn,
    fmt::{self, format::JsonFields},
    layer::SubscriberExt as _,
    reload,
    util::SubscriberInitExt as _,
};

use crate::InitError;
pub use context::{note_user, note_vehicle, operation_span};
use control::{FilterControl, complete_filter};
use damper::Damper;
pub(crate) use damper::REFUSED;
use json::JsonLines;
use log_file::LogFile;
pub use log_file::LogFileOptions;
pub(crate) use loss::LossReport;
use replaced::is_replaced;

/// Format of lines on the console. Lines in a file are always JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Human-readable text.
    Pretty,
    /// One JSON object per line.
    Json,
}

/// Options of the logs.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Level such as `info`, or a filter by module in the syntax of [`tracing_subscriber::EnvFilter`].
    pub level: String,
    /// Format on the console.
    pub format: LogFormat,
    /// File to which lines are also appended.
    pub file: Option<LogFileOptions>,
}

/// Guard that writes buffered lines when it is dropped. Keep it until the end of `main`.
#[derive(Debug)]
pub struct LogGuard(#[expect(dead_code, reason = "held for their drop")] Vec<WorkerGuard>);

/// Periodic work of the logs.
#[derive(Clone)]
pub(crate) struct LogUpkeep {
    damper: Damper,
    /// Counters of lines that were dropped because they arrived faster than they could be written.
    dropped: Vec<ErrorCounter>,
    /// Number of lines that could not be written to the file.
    lost: Arc<AtomicU64>,
}

impl LogUpkeep {
    /// Logs the number of discarded lines at the end of a window.
    pub(crate) fn sum_up(&self) {
        self.damper.sum_up();
    }

    /// Logs the number of lines discarded since the last window. Must be called before the process exits.
    pub(crate) fn finish(&self) {
        self.damper.finish();
    }

    /// Returns the number of lines lost so far.
    pub(crate) fn lost_lines(&self) -> u64 {
        let dropped: usize = self.dropped.iter().map(ErrorCounter::dropped_lines).sum();
        self.lost.load(Relaxed) + dropped as u64
    }
}

/// The log of this process.
pub(crate) struct Logs {
    pub(crate) guard: LogGuard,
    pub(crate) upkeep: LogUpkeep,
    pub(crate) control: Arc<dyn LogControl>,
}

/// Sets up logging for the whole process. Console lines are written to standard error, because standard output is
/// reserved for the output of commands. Separate threads write the lines, so a slow disk or terminal does not delay
/// callers. Lines that exceed a queue of 128,000 are dropped.
///
/// # Errors
/// Returns [`InitError`] if the filter is invalid, the file cannot be opened, or logging is already set up.
pub(crate) fn init(options: &LogOptions) -> Result<Logs, InitError> {
    let (filter, handle) = reload::Layer::new(complete_filter(&options.level)?);
    let (console, console_guard) = tracing_appender::non_blocking(io::stderr());
    let mut upkeep = LogUpkeep {
        damper: Damper::new(),
        dropped: vec![console.error_counter()],
        lost: Arc::default(),
    };
    let (mut layers, mut guards) = (vec![console_layer(options.format, console)], vec![console_guard]);
    if let Some(options) = &options.file {
        let file = LogFile::open(options).map_err(|source| InitError::LogFile {
            path: options.path.clone(),
            source,
        })?;
        upkeep.lost = file.lost();
        let (file, file_guard) = tracing_appender::non_blocking(file);
        upkeep.dropped.push(file.error_counter());
        layers.push(json_layer(file));
        guards.push(file_guard);
    }
    tracing_subscriber::registry()
        .with(layers)
        .with(upkeep.damper.clone())
        .with(filter_fn(|metadata| !is_replaced(metadata)))
        .with(filter)
        .try_init()?;
    Ok(Logs {
        guard: LogGuard(guards),
        upkeep,
        control: Arc::new(FilterControl::new(&options.level, handle)),
    })
}

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

fn console_layer(format: LogFormat, console: NonBlocking) -> BoxedLayer {
    match format {
        LogFormat::Json => json_layer(console),
        LogFormat::Pretty => {
            let is_coloured = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            fmt::layer().with_ansi(is_coloured).with_writer(console).boxed()
        }
    }
}

fn json_layer(writer: NonBlocking) -> BoxedLayer {
    fmt::layer()
        .with_ansi(false)
        .fmt_fields(JsonFields::new())
        .event_format(JsonLines)
        .with_writer(writer)
        .boxed()
}
