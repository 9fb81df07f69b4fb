//! Reports of lost log lines.

use std::time::{Duration, Instant};

/// Minimum time between two reports. While lines cannot be written to the file, neither can the reports, which then
/// only reach the console.
const PAUSE: Duration = Duration::from_secs(60);

/// Number of reported lines, and the time of the last report.
#[derive(Debug, Default)]
pub(crate) struct LossReport {
    reported: u64,
    last: Option<Instant>,
}

impl LossReport {
    /// Returns the number of lines that were lost since the last report, if a report is due. `lost` is the number of
    /// all lost lines.
    pub(crate) fn due(&mut self, lost: u64, now: Instant) -> Option<u64> {
        let is_pausing = self
            .last
            .is_some_and(|last| now.saturating_duration_since(last) < PAUSE);
        let lines = lost.saturating_sub(self.reported);
        if lines == 0 || is_pausing {
            return None;
        }
        (self.reported, self.last) = (lost, Some(now));
        Some(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_lines_are_reported_at_most_once_a_minute() {
        let (mut report, start) = (LossReport::default(), Instant::now());
        assert_eq!(report.due(0, start), None);
        assert_eq!(report.due(3, start), Some(3));
        assert_eq!(report.due(5, start + Duration::from_secs(59)), None);
        assert_eq!(report.due(7, start + PAUSE), Some(4));
        assert_eq!(report.due(7, start + 3 * PAUSE), None);
        assert_eq!(report.due(8, start + 3 * PAUSE), Some(1));
    }
}
