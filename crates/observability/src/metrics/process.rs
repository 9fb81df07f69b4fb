//! Metrics of the process, under the names that all client libraries of Prometheus use.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use metrics_process::collector::{self, Metrics};
use parking_lot::Mutex;

use super::{
    catalogue::{CATALOGUE, Kind, names},
    memory_limit::memory_limit,
};

/// Time for which collected values are used again, so that frequent requests for the page cost little: on kernels
/// before Linux 6.2, descriptors are counted one by one.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// The metrics of this process, in the Prometheus text format.
///
/// They are collected when the page is rendered, and not recorded before. Counters of the `metrics` facade are whole
/// numbers, but CPU time is a fraction of seconds.
#[derive(Debug, Default)]
pub(super) struct ProcessMetrics {
    last: Mutex<Option<(Instant, String)>>,
}

impl ProcessMetrics {
    /// Appends the metrics to a page.
    pub(super) fn render_into(&self, page: &mut String) {
        let mut last = self.last.lock();
        let (_, text) = match last.take() {
            Some(kept) if kept.0.elapsed() < KEPT_FOR => last.insert(kept),
            _ => last.insert((Instant::now(), render(&collector::collect(), memory_limit()))),
        };
        page.push_str(text);
    }
}

/// Renders the values that the system provides.
fn render(process: &Metrics, memory_limit: Option<u64>) -> String {
    let whole = |value: Option<u64>| value.map(|value| value as f64);
    let values = [
        (names::PROCESS_CPU_SECONDS_TOTAL, process.cpu_seconds_total),
        (
            names::PROCESS_RESIDENT_MEMORY_BYTES,
            whole(process.resident_memory_bytes),
        ),
        (names::MEMORY_LIMIT_BYTES, whole(memory_limit)),
        (
            names::PROCESS_VIRTUAL_MEMORY_BYTES,
            whole(process.virtual_memory_bytes),
        ),
        (names::PROCESS_OPEN_FDS, whole(process.open_fds)),
        // 0 means that there is no limit.
        (
            names::PROCESS_MAX_FDS,
            whole(process.max_fds.filter(|limit| *limit > 0)),
        ),
        (names::PROCESS_THREADS, whole(process.threads)),
        (
            names::PROCESS_START_TIME_SECONDS,
            whole(process.start_time_seconds),
        ),
    ];
    let mut text = String::new();
    for (name, value) in values {
        let described = CATALOGUE.iter().find(|metric| metric.name == name);
        if let (Some(metric), Some(value)) = (described, value) {
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge | Kind::Histogram(_) => "gauge",
            };
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "# HELP {name} {}\n# TYPE {name} {kind}\n{name} {value}\n\n",
                metric.help
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_the_system_provides_are_rendered() {
        let process = Metrics {
            cpu_seconds_total: Some(12.75),
            max_fds: Some(0),
            resident_memory_bytes: Some(50 << 20),
            ..Metrics::default()
        };
        let expected = "# HELP process_cpu_seconds_total CPU time of the process in user and system mode.\n\
                        # TYPE process_cpu_seconds_total counter\n\
                        process_cpu_seconds_total 12.75\n\n\
                        # HELP process_resident_memory_bytes Resident memory of the process.\n\
                        # TYPE process_resident_memory_bytes gauge\n\
                        process_resident_memory_bytes 52428800\n\n\
                        # HELP fleetwatch_memory_limit_bytes Memory at which the system kills the process.\n\
                        # TYPE fleetwatch_memory_limit_bytes gauge\n\
                        fleetwatch_memory_limit_bytes 805306368\n\n";
        assert_eq!(render(&process, Some(768 << 20)), expected);
    }

    #[test]
    fn values_are_kept_for_a_moment() {
        let metrics = ProcessMetrics::default();
        let [mut first, mut second] = [String::new(), String::new()];
        metrics.render_into(&mut first);
        *metrics.last.lock() = Some((Instant::now(), "kept".to_owned()));
        metrics.render_into(&mut second);
        assert!(first.contains("\nprocess_resident_memory_bytes "), "{first}");
        assert_eq!(second, "kept");
    }
}
