//! Detection of lost connections with pings.

use std::time::Duration;

use tokio::time::Instant;

use super::SocketRules;

/// A write that takes at least this long indicates that the send buffer was full.
const LONG_WRITE: Duration = Duration::from_millis(100);

/// Schedules the pings of one connection. Anything that the client sends is treated as a response. Browsers and
/// WebSocket libraries respond to pings on their own.
#[derive(Debug)]
pub struct KeepAlive {
    ping_interval: Duration,
    pong_timeout: Duration,
    last_ping: Instant,
    /// Time of the unanswered ping, or of the last long write since then; `None` if no ping is unanswered.
    unanswered_since: Option<Instant>,
}

impl KeepAlive {
    #[must_use]
    pub fn new(rules: &SocketRules) -> Self {
        Self {
            ping_interval: rules.ping_interval,
            pong_timeout: rules.pong_timeout,
            last_ping: Instant::now(),
            unanswered_since: None,
        }
    }

    pub fn received(&mut self) {
        self.unanswered_since = None;
    }

    /// Returns `true` if a ping is due, and records it as sent. No ping is due while another is unanswered.
    pub fn is_ping_due(&mut self) -> bool {
        let now = Instant::now();
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
    pub fn is_lost(&self) -> bool {
        self.unanswered_since
            .is_some_and(|since| since.elapsed() >= self.pong_timeout)
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
        advance(Duration::from_secs(30)).await;
        keep_alive.wrote(Duration::from_millis(1));
        assert!(keep_alive.is_lost());
        keep_alive.wrote(Duration::from_secs(20));
        assert!(!keep_alive.is_lost());
    }
}
