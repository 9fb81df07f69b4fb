//! Whether a connection is still there.

use std::time::Duration;

use tokio::time::Instant;

use super::SocketRules;

/// A write that takes as long as this found the queue of its connection full.
const LONG_WRITE: Duration = Duration::from_millis(100);

/// The pings of one connection. Anything that the client sends answers them: browsers answer pings by themselves, and
/// so does every library.
#[derive(Debug)]
pub struct KeepAlive {
    ping_interval: Duration,
    pong_timeout: Duration,
    last_ping: Instant,
    /// When the ping was sent that is not answered.
    unanswered_since: Option<Instant>,
}

impl KeepAlive {
    /// Begins with the connection.
    #[must_use]
    pub fn new(rules: &SocketRules) -> Self {
        Self {
            ping_interval: rules.ping_interval,
            pong_timeout: rules.pong_timeout,
            last_ping: Instant::now(),
            unanswered_since: None,
        }
    }

    /// Notes that the client has sent something.
    pub fn heard(&mut self) {
        self.unanswered_since = None;
    }

    /// Returns whether the client is to be pinged now, which counts as done then. There is no next ping before the last
    /// one was answered.
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

    /// Notes how long a write took. One that had to wait shows that the client reads: it is there, and its answer to
    /// the last ping may be on its way.
    pub fn wrote(&mut self, took: Duration) {
        if took >= LONG_WRITE {
            self.unanswered_since = self.unanswered_since.map(|_| Instant::now());
        }
    }

    /// Returns whether a ping has been unanswered for too long. Of no meaning for a client that does not take what is
    /// written, as it can't answer a ping that it has not read.
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
    async fn a_ping_that_is_not_answered_is_the_last_one() {
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
        keep_alive.heard();
        assert!(!keep_alive.is_lost() && keep_alive.is_ping_due());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_again_has_time_to_answer() {
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
