//! Detection of lost connections with pings.

use std::time::Duration;

use tokio::time::Instant;

use super::{SocketRules, check_times::CheckTimes};

/// A write that takes at least this long indicates that the send buffer was full.
const LONG_WRITE: Duration = Duration::from_millis(100);

/// Schedules the pings of one connection. Anything that the client sends is treated as a response. Browsers and
/// WebSocket libraries respond to pings on their own.
///
/// [`KeepAlive::is_ping_due`] or [`KeepAlive::is_lost`] must be called at least once per [`SocketRules::beat`]. If the
/// calls are interrupted, because the server did not run, the time limit for responding restarts: the response may be
/// waiting in the socket.
#[derive(Debug)]
pub struct KeepAlive {
    ping_interval: Duration,
    pong_timeout: Duration,
    last_ping: Instant,
    check_times: CheckTimes,
    /// Time of the unanswered ping, or of the last long write or late check since then; `None` if no ping is
    /// unanswered.
    unanswered_since: Option<Instant>,
}

impl KeepAlive {
    #[must_use]
    pub fn new(rules: &SocketRules) -> Self {
        Self {
            ping_interval: rules.ping_interval,
            pong_timeout: rules.pong_timeout,
            last_ping: Instant::now(),
            check_times: CheckTimes::new(rules),
            unanswered_since: None,
        }
    }

    pub fn received(&mut self) {
        self.unanswered_since = None;
    }

    /// Returns `true` if a ping is due, and records it as sent. No ping is due while another is unanswered.
    pub fn is_ping_due(&mut self) -> bool {
        let now = self.check();
        let is_due =
            self.unanswered_since.is_none() && now.duration_since(self.last_ping) >= self.ping_interval;
        if is_due {
            self.last_ping = now;
            self.unanswered_since = Some(now);
        }
        is_due
    }

    /// Records the duration of a write. A long write indicates that the client has started to read again, so the time
    /// limit for responding to an unanswered ping restarts.
    pub fn wrote(&mut self, took: Duration) {
        if took >= LONG_WRITE {
            self.unanswered_since = self.unanswered_since.map(|_| Instant::now());
        }
    }

    /// Returns `true` if a ping has been unanswered for too long. The result is meaningless while writes are stalled,
    /// because a client cannot respond to a ping that it has not read.
    #[must_use]
    pub fn is_lost(&mut self) -> bool {
        let now = self.check();
        self.unanswered_since
            .is_some_and(|since| now.duration_since(since) >= self.pong_timeout)
    }

    /// Records a check, and returns its time.
    fn check(&mut self) -> Instant {
        let now = Instant::now();
        if self.check_times.is_late(now) {
            self.unanswered_since = self.unanswered_since.map(|_| now);
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn keep_alive() -> KeepAlive {
        KeepAlive::new(&SocketRules {
            ping_interval: Duration::from_secs(10),
            pong_timeout: Duration::from_secs(25),
            ..SocketRules::default()
        })
    }

    #[tokio::test(start_paused = true)]
    async fn no_ping_follows_an_unanswered_one() {
        let mut keep_alive = keep_alive();
        let mut sent = 0;
        for _ in 0..34 {
            advance(Duration::from_secs(1)).await;
            sent += u32::from(keep_alive.is_ping_due());
            assert!(!keep_alive.is_lost());
        }
        advance(Duration::from_secs(1)).await;
        assert_eq!(sent, 1);
        assert!(keep_alive.is_lost(), "the ping was sent 25 seconds ago");
        keep_alive.received();
        assert!(!keep_alive.is_lost() && keep_alive.is_ping_due());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_again_gets_more_time_to_answer() {
        let mut keep_alive = keep_alive();
        advance(Duration::from_secs(10)).await;
        assert!(keep_alive.is_ping_due());
        for _ in 0..30 {
            advance(Duration::from_secs(1)).await;
            assert!(!keep_alive.is_ping_due());
        }
        keep_alive.wrote(Duration::from_millis(1));
        assert!(keep_alive.is_lost());
        keep_alive.wrote(Duration::from_secs(20));
        assert!(!keep_alive.is_lost());
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_may_have_waited_while_the_server_did_not_run() {
        let mut keep_alive = keep_alive();
        advance(Duration::from_secs(10)).await;
        assert!(keep_alive.is_ping_due());
        advance(Duration::from_secs(60)).await;
        assert!(!keep_alive.is_lost(), "nothing was read for a minute");
        for _ in 0..24 {
            advance(Duration::from_secs(1)).await;
            assert!(!keep_alive.is_lost());
        }
        advance(Duration::from_secs(1)).await;
        assert!(keep_alive.is_lost(), "there was no response");
    }
}
