//! Detection of connections on which writing makes no progress.

use std::time::Duration;

use tokio::time::Instant;

use super::{SocketRules, check_times::CheckTimes};

/// Measures the time for which a connection has not accepted a pending frame. It is updated at each check of the
/// connection and compares write counts, so the time since the last write is not attributed to a frame that has just
/// been queued. If the checks are interrupted, because the server did not run, the wait restarts: nothing could be
/// written in the meantime.
#[derive(Debug)]
pub struct Stall {
    check_times: CheckTimes,
    /// Start of the current wait, and the write count at that time.
    since: Option<(Instant, u64)>,
}

impl Stall {
    /// Creates the measurement of a connection that is checked once per [`SocketRules::beat`].
    #[must_use]
    pub fn new(rules: &SocketRules) -> Self {
        Self {
            check_times: CheckTimes::new(rules),
            since: None,
        }
    }

    /// Returns how long a frame has been pending while none was written; `None` if none is pending or the wait has just
    /// begun. `writes` is the number of frames written so far, or `None` if no frame is pending.
    pub fn lasts(&mut self, writes: Option<u64>, now: Instant) -> Option<Duration> {
        let is_late = self.check_times.is_late(now);
        let writes = match writes {
            Some(writes) => writes,
            None => {
                self.since = None;
                return None;
            }
        };
        match self.since {
            Some((since, then)) if then == writes && !is_late => Some(now.duration_since(since)),
            _ => {
                self.since = Some((now, writes));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_starts_when_a_frame_waits_and_ends_with_each_write() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut stall = Stall::new(&SocketRules::default());
        assert_eq!(stall.lasts(None, at(0)), None);
        assert_eq!(stall.lasts(Some(5), at(60)), None, "it has just begun to wait");
        assert_eq!(stall.lasts(Some(5), at(61)), Some(Duration::from_secs(1)));
        assert_eq!(stall.lasts(Some(6), at(90)), None, "one was written");
        assert_eq!(stall.lasts(Some(6), at(92)), Some(Duration::from_secs(2)));
        assert_eq!(stall.lasts(None, at(93)), None);
        assert_eq!(stall.lasts(Some(6), at(94)), None);
    }

    #[test]
    fn a_stall_restarts_after_a_time_during_which_the_server_did_not_run() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut stall = Stall::new(&SocketRules::default());
        assert_eq!(stall.lasts(Some(5), at(1)), None);
        assert_eq!(stall.lasts(Some(5), at(4)), Some(Duration::from_secs(3)));
        assert_eq!(stall.lasts(Some(5), at(100)), None);
        assert_eq!(stall.lasts(Some(5), at(102)), Some(Duration::from_secs(2)));
    }
}
