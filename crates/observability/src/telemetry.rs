use std::{
    error::Error,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use application::ports::{LogControl, PathTracer};
use metrics::{counter, gauge};
use tokio::{
    task::spawn_blocking,
    time::{self, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    InitError,
    http::RequestTelemetry,
    logs::{self, LogGuard, LogOptions, LogUpkeep, Logs, LossReport},
    metrics::{MetricsPage, begin_at_zero, names, recorder},
    traces::{self, OtelTracer, TraceOptions},
};

/// Interval at which histograms are aggregated and the log is summarised.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Minimum time for writing the buffered log lines at the end.
const LAST_LINES: Duration = Duration::from_millis(10);

/// Options of a server's telemetry.
#[derive(Debug, Clone)]
pub struct Options {
    pub logs: LogOptions,
    pub traces: TraceOptions,
    /// Version of the server, for metrics and traces.
    pub version: &'static str,
}

/// Logs, metrics and traces of a server. Keep it until the end of `main`, then [shut it down](Telemetry::shutdown).
pub struct Telemetry {
    tracer: Option<OtelTracer>,
    metrics: MetricsPage,
    upkeep: AbortOnDropHandle<()>,
    log_upkeep: LogUpkeep,
    log_control: Arc<dyn LogControl>,
    logs: LogGuard,
}

impl Telemetry {
    /// Sets up everything for the whole process, from within a tokio runtime. It must be called before anything is
    /// measured: counters that were obtained earlier have no effect.
    ///
    /// # Errors
    /// Returns [`InitError`] if an option is invalid, the log file cannot be opened, or telemetry is already set up.
    pub fn init(options: &Options) -> Result<Self, InitError> {
        let Logs {
            guard,
            upkeep: log_upkeep,
            control,
        } = logs::init(&options.logs)?;
        let recorder = recorder();
        let metrics = MetricsPage::of(&recorder);
        metrics::set_global_recorder(recorder).map_err(|_| InitError::MetricsTwice)?;
        begin_at_zero();
        let profile = if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        };
        gauge!(names::BUILD_INFO, "version" => options.version, "profile" => profile).set(1.0);
        let tracer = traces::export(&options.traces, options.version)?;
        let upkeep = AbortOnDropHandle::new(tokio::spawn(keep_up(metrics.clone(), log_upkeep.clone())));
        Ok(Self {
            tracer,
            metrics,
            upkeep,
            log_upkeep,
            log_control: control,
            logs: guard,
        })
    }

    /// Returns the page `/metrics`.
    #[must_use]
    pub fn metrics(&self) -> MetricsPage {
        self.metrics.clone()
    }

    /// Returns the tracer of messages and requests; `None` if traces are disabled.
    #[must_use]
    pub fn path_tracer(&self) -> Option<Arc<dyn PathTracer>> {
        self.tracer
            .clone()
            .map(|tracer| Arc::new(tracer) as Arc<dyn PathTracer>)
    }

    /// Returns the control of the log's filter.
    #[must_use]
    pub fn log_control(&self) -> Arc<dyn LogControl> {
        Arc::clone(&self.log_control)
    }

    /// Returns the middleware that observes HTTP requests. It must be the outermost one.
    #[must_use]
    pub fn requests(&self) -> RequestTelemetry {
        RequestTelemetry::new(self.tracer.clone())
    }

    /// Sends the remaining traces, for at most `export_within`, and writes the buffered log lines, for at least 10 ms.
    /// Apart from that, it returns at `deadline` at the latest, whether or not traces and lines are accepted.
    pub async fn shutdown(self, export_within: Duration, deadline: time::Instant) {
        self.upkeep.abort();
        if let Some(tracer) = self.tracer {
            // Shutting down blocks, because it joins the exporter's thread.
            let flushing = spawn_blocking(move || tracer.shut_down(export_within));
            match timeout_at(deadline, flushing).await {
                Ok(Ok(Ok(()))) => {}
                Ok(Ok(Err(error))) => tracing::warn!(
                    error = &error as &dyn Error,
                    "could not export the remaining traces"
                ),
                Ok(Err(error)) => tracing::error!(error = &error as &dyn Error, "the trace exporter failed"),
                Err(_) => tracing::warn!("could not export the remaining traces in time"),
            }
        }
        self.log_upkeep.finish();
        let deadline = deadline.max(time::Instant::now() + LAST_LINES);
        let logs = self.logs;
        // Dropping the guard blocks until the lines are written: for a second if a pipe has no reader.
        let writing = spawn_blocking(move || drop(logs));
        // After the deadline, the remaining lines are lost.
        let _ = timeout_at(deadline, writing).await;
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("tracer", &self.tracer)
            .finish_non_exhaustive()
    }
}

async fn keep_up(metrics: MetricsPage, logs: LogUpkeep) {
    let mut beat = tokio::time::interval(UPKEEP_INTERVAL);
    let mut report = LossReport::default();
    loop {
        beat.tick().await;
        metrics.upkeep();
        logs.sum_up();
        let lost = logs.lost_lines();
        counter!(names::LOG_LINES_LOST_TOTAL).absolute(lost);
        if let Some(lines) = report.due(lost, Instant::now()) {
            tracing::warn!(lines, "log lines were lost");
        }
    }
}
