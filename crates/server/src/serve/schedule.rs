//! Points in time at which the parts of a graceful shutdown end.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::Shutdown;

/// Time for which the process may still exist after the shutdown: threads end, and the system releases memory.
const RESERVE: Duration = Duration::from_millis(50);

/// Points in time at which the parts of a graceful shutdown end at the latest, in the order of the parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    /// End of the drain.
    pub(super) drained: Instant,
    /// Time at which connections are closed although requests are in progress.
    pub(super) requests: Instant,
    /// Time at which background tasks are aborted.
    pub(super) workers: Instant,
    /// Time after which no traces are sent.
    pub(super) traces: Instant,
    /// Time after which no log lines are written.
    pub(super) logs: Instant,
    /// Maximum duration of sending traces.
    longest_export: Duration,
}

impl Schedule {
    /// Divides the time that a shutdown may take, so that the process exits before its end. Background tasks, which
    /// still write keys to Redis, and the export of traces get the last third of the time after the drain.
    pub(super) fn new(began: Instant, Shutdown { timeout, drain }: Shutdown) -> Self {
        let reserve = (timeout / 50).max(RESERVE.min(timeout / 4));
        let (drained, traces) = (began + drain, began + (timeout - reserve));
        let rest = traces - drained;
        let longest_export = timeout / 10;
        Self {
            drained,
            requests: traces - rest / 3,
            // The export gets at most half of the last third.
            workers: traces - longest_export.min(rest / 6),
            traces,
            logs: traces + reserve / 2,
            longest_export,
        }
    }

    /// Returns the time for which traces may still be sent.
    pub(super) fn export_within(&self) -> Duration {
        // The difference of two instants is never negative.
        (self.traces - Instant::now()).min(self.longest_export)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn schedule(began: Instant, timeout_ms: u64, drain_ms: u64) -> Schedule {
        Schedule::new(
            began,
            Shutdown {
                timeout: Duration::from_millis(timeout_ms),
                drain: Duration::from_millis(drain_ms),
            },
        )
    }

    #[rstest]
    fn every_part_has_some_time_and_the_process_exits_in_time(
        #[values(100, 300, 900, 3_000, 10_000, 600_000)] timeout_ms: u64,
        #[values(0, 3, 2)] drained_part: u64,
    ) {
        let began = Instant::now();
        let drain_ms = timeout_ms.checked_div(drained_part).unwrap_or(0);
        let parts = schedule(began, timeout_ms, drain_ms);
        assert_eq!(parts.drained, began + Duration::from_millis(drain_ms));
        let order = [
            parts.drained,
            parts.requests,
            parts.workers,
            parts.traces,
            parts.logs,
            began + Duration::from_millis(timeout_ms),
        ];
        assert!(order.is_sorted_by(|earlier, later| earlier < later), "{order:?}");
    }

    #[test]
    fn most_of_the_time_is_for_requests() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let parts = schedule(began, 10_000, 5_000);
        assert_eq!(
            (parts.requests, parts.workers, parts.traces, parts.logs),
            (at(8_200), at(9_000), at(9_800), at(9_900))
        );
        let parts = schedule(began, 300, 0);
        assert_eq!((parts.traces, parts.logs), (at(250), at(275)));
    }

    #[tokio::test(start_paused = true)]
    async fn traces_are_sent_for_a_tenth_of_the_time_at_most() {
        let parts = schedule(Instant::now(), 10_000, 0);
        assert_eq!(parts.export_within(), Duration::from_secs(1));
        tokio::time::advance(Duration::from_millis(9_500)).await;
        assert_eq!(parts.export_within(), Duration::from_millis(300));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(parts.export_within(), Duration::ZERO);
    }
}
