use std::{fmt, sync::Arc, time::Duration};

use application::ports::PathTracer;
use metrics::{counter, gauge};
use tokio::task::JoinHandle;

use crate::{
    InitError,
    http::RequestTelemetry,
    logs::{self, LogGuard, LogOptions, LogUpkeep},
    metrics::{MetricsPage, names, recorder},
    traces::{self, OtelTracer, TraceOptions},
};

/// How often the observations of histograms are folded together, and the log is summed up.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How a server is observed.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is logged.
    pub logs: LogOptions,
    /// What is traced.
    pub traces: TraceOptions,
    /// The version that runs, for metrics and traces.
    pub version: &'static str,
}

/// Logs, metrics and traces of a server. Hold it until the end of `main`, then [shut it
/// down](Telemetry::shutdown).
pub struct Telemetry {
    tracer: Option<OtelTracer>,
    metrics: MetricsPage,
    upkeep: JoinHandle<()>,
    logs: LogGuard,
}

impl Telemetry {
    /// Sets all up, for the whole process, from within a tokio runtime. Do it before anything is measured:
    /// who looks up a counter earlier counts for nobody.
    ///
    /// # Errors
    /// Options that cannot be followed, or a second call.
    pub fn init(options: &Options) -> Result<Self, InitError> {
        let (logs, log_upkeep) = logs::init(&options.logs)?;
        let recorder = recorder();
        let metrics = MetricsPage::of(&recorder);
        metrics::set_global_recorder(recorder).map_err(|_| InitError::MetricsTwice)?;
        let profile = if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        };
        gauge!(names::BUILD_INFO, "version" => options.version, "profile" => profile).set(1.0);
        let tracer = traces::export(&options.traces, options.version)?;
        let upkeep = tokio::spawn(keep_up(metrics.clone(), log_upkeep));
        Ok(Self {
            tracer,
            metrics,
            upkeep,
            logs,
        })
    }

    /// What `/metrics` shows.
    #[must_use]
    pub fn metrics(&self) -> MetricsPage {
        self.metrics.clone()
    }

    /// The tracer of messages and requests; `None` when no traces are wanted.
    #[must_use]
    pub fn path_tracer(&self) -> Option<Arc<dyn PathTracer>> {
        self.tracer
            .clone()
            .map(|tracer| Arc::new(tracer) as Arc<dyn PathTracer>)
    }

    /// The middleware that observes HTTP requests. It belongs outside of all others.
    #[must_use]
    pub fn requests(&self) -> RequestTelemetry {
        RequestTelemetry::new(self.tracer.clone())
    }

    /// Sends the traces that are left, for at most `within`, and writes out the log.
    pub async fn shutdown(self, within: Duration) {
        self.upkeep.abort();
        if let Some(tracer) = self.tracer {
            // The exporter's thread is waited for by blocking.
            let flushed = tokio::task::spawn_blocking(move || tracer.shut_down(within)).await;
            match flushed {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the last traces could not be sent"),
                Err(error) => tracing::error!(%error, "the exporter of traces failed"),
            }
        }
        drop(self.logs);
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
    loop {
        beat.tick().await;
        metrics.upkeep();
        logs.sum_up();
        counter!(names::LOG_LINES_LOST_TOTAL).absolute(logs.lost_lines());
    }
}
