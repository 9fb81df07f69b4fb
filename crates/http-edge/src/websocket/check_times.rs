//! Detection of checks that come late.

use std::time::Duration;

use tokio::time::Instant;

use super::SocketRules;

/// Maximum delay of a check on a server that is running. A busy server delays one by tens of milliseconds.
const MAX_DELAY: Duration = Duration::from_millis(500);

/// Times of the checks of one connection.
///
/// While a process is stopped or its machine is paused, its clock may advance, but nothing is read or written. What the
/// client has sent in the meantime is waiting in the socket, so its time limits must not include this time.
#[derive(Debug)]
pub(super) struct CheckTimes {
    longest_gap: Duration,
    last: Instant,
}

impl CheckTimes {
    pub(super) fn new(rules: &SocketRules) -> Self {
        Self {
            longest_gap: rules.beat() + MAX_DELAY,
            last: Instant::now(),
        }
    }

    /// Records a check. Returns `true` if it comes so late that the server was not running all the time since the last
    /// one.
    pub(super) fn is_late(&mut self, now: Instant) -> bool {
        let gap = now.saturating_duration_since(self.last);
        self.last = now;
        gap > self.longest_gap
    }
}
