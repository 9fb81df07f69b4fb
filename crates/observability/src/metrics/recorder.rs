use std::{fmt, sync::Arc};

use metrics::{Recorder as _, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::{
    catalogue::{CATALOGUE, Kind},
    process::ProcessMetrics,
};

/// Creates a recorder that describes the whole catalogue, without installing it.
#[must_use]
pub fn recorder() -> PrometheusRecorder {
    let recorder = CATALOGUE
        .iter()
        .fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
            Kind::Histogram(buckets) => builder
                .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)
                .expect("every histogram of the catalogue has buckets"),
            Kind::Counter | Kind::Gauge => builder,
        })
        .build_recorder();
    for metric in CATALOGUE {
        let (name, help) = (metric.name.into(), metric.help.into());
        match metric.kind {
            Kind::Counter => recorder.describe_counter(name, Some(Unit::Count), help),
            Kind::Gauge => recorder.describe_gauge(name, Some(Unit::Count), help),
            Kind::Histogram(_) => recorder.describe_histogram(name, Some(Unit::Seconds), help),
        }
    }
    recorder
}

/// The page `/metrics`: the recorded metrics, and those of the process.
#[derive(Clone)]
pub struct MetricsPage {
    recorded: PrometheusHandle,
    process: Arc<ProcessMetrics>,
}

impl MetricsPage {
    /// Media type of [`MetricsPage::render`]
    /// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Creates a page of the metrics of a recorder.
    #[must_use]
    pub fn of(recorder: &PrometheusRecorder) -> Self {
        Self {
            recorded: recorder.handle(),
            process: Arc::default(),
        }
    }

    /// Renders all metrics in the Prometheus text format. This reads files of the system, and may take milliseconds.
    #[must_use]
    pub fn render(&self) -> String {
        let mut page = self.recorded.render();
        self.process.render_into(&mut page);
        page
    }

    /// Aggregates the observations of histograms, which otherwise accumulate until the next rendering.
    pub fn upkeep(&self) {
        self.recorded.run_upkeep();
    }
}

impl fmt::Debug for MetricsPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsPage")
    }
}
