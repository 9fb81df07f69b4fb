//! What happens, in words: to the console, and, when wanted, to a file.

mod damper;
mod log_file;

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::InitError;
use damper::Damper;
pub(crate) use damper::REFUSED;
use log_file::LogFile;
pub use log_file::LogFileOptions;

/// Libraries that would log about the export of traces, which would be logged again. Whoever names one of
/// them in the filter gets it all the same.
const QUIET: &str = "opentelemetry=warn,hyper=off,hyper_util=off,reqwest=off";

/// Libraries that would log what statements are given, hashes of passwords and tokens among it. Nobody gets that.
const SECRETIVE: &str = "tokio_postgres::query=info";

/// How a line on the console looks. A file has JSON always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object per line, for machines.
    Json,
}

/// What is logged, and where to.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// A level such as `info`, or a filter by module, as [`EnvFilter`] reads it.
    pub level: String,
    /// How a line on the console looks.
    pub format: LogFormat,
    /// A file to append to as well.
    pub file: Option<LogFileOptions>,
}

/// Writes out what is still in memory when it is dropped: hold it until the end of `main`.
#[derive(Debug)]
pub struct LogGuard(#[expect(dead_code, reason = "held for their drop")] Vec<WorkerGuard>);

/// The log's periodic work.
#[derive(Clone)]
pub(crate) struct LogUpkeep {
    damper: Damper,
    /// Lines that came faster than they were written.
    dropped: Vec<ErrorCounter>,
    /// Lines that the log file could not take.
    lost: Arc<AtomicU64>,
}

impl LogUpkeep {
    /// Logs how many lines were left out, when it is time for that.
    pub(crate) fn sum_up(&self) {
        self.damper.sum_up();
    }

    /// How many lines were lost so far.
    pub(crate) fn lost_lines(&self) -> u64 {
        let dropped: usize = self.dropped.iter().map(ErrorCounter::dropped_lines).sum();
        self.lost.load(Relaxed) + dropped as u64
    }
}

/// Logs from now on, for the whole process. The console is standard error, so that standard output is left
/// to what a command answers. Lines are written by threads of their own: a slow disk or terminal delays
/// nobody, and costs lines (of which 128,000 are kept) rather than memory.
///
/// # Errors
/// A filter that cannot be read, a file that cannot be opened, or a second call.
pub(crate) fn init(options: &LogOptions) -> Result<(LogGuard, LogUpkeep), InitError> {
    let filter = EnvFilter::try_new(format!("{QUIET},{},{SECRETIVE}", options.level))?;
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
        .with(filter)
        .try_init()?;
    Ok((LogGuard(guards), upkeep))
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
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_writer(writer)
        .boxed()
}
