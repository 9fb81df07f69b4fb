//! The rounds in which the thread of the hot path works.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Minimum interval between the beginnings of two rounds.
///
/// A longer interval saves little: at 1,000 messages per second, rounds of 4 ms halve the CPU time of the server, and
/// rounds of 5 ms are not measurably cheaper.
const ROUND: Duration = Duration::from_millis(4);

/// Spaces the rounds of a thread.
///
/// Each message that arrives on its own would wake the thread of the hot path, which would wake the threads that write
/// to the sockets. Under load, these switches cost more than the messages. The thread therefore begins a round at most
/// every [`ROUND`], and messages that arrive in the meantime are handled together. After a pause of that length, a
/// message is handled at once.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    began: Option<Instant>,
}

impl Rounds {
    /// Records the beginning of a round. Must be called when the thread has been woken.
    pub(super) fn begin(&mut self) {
        self.began = Some(Instant::now());
    }

    /// Sleeps until the next round may begin. Must be called before the thread waits for events.
    ///
    /// The thread itself must sleep: a timer of its runtime would not keep the runtime from waking for every event. A
    /// thread that has finished work for this one may end the sleep with [`thread::Thread::unpark`], as those that
    /// decode messages do.
    pub(super) fn wait(&self) {
        let rest = self.rest(Instant::now());
        if !rest.is_zero() {
            thread::park_timeout(rest);
        }
    }

    /// Returns the time until the next round may begin.
    fn rest(&self, now: Instant) -> Duration {
        self.began.map_or(Duration::ZERO, |began| {
            (began + ROUND).saturating_duration_since(now)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_begin_at_most_once_per_interval_and_at_once_after_a_pause() {
        let began = Instant::now();
        let mut rounds = Rounds::default();
        assert_eq!(rounds.rest(began), Duration::ZERO, "the first round");
        rounds.began = Some(began);
        assert_eq!(rounds.rest(began), ROUND);
        assert_eq!(rounds.rest(began + ROUND / 4), ROUND - ROUND / 4);
        assert_eq!(rounds.rest(began + ROUND), Duration::ZERO);
        assert_eq!(rounds.rest(began + 10 * ROUND), Duration::ZERO);
    }

    #[test]
    fn another_thread_may_end_the_wait() {
        let rounds = Rounds {
            began: Some(Instant::now() + Duration::from_secs(3_600)),
        };
        thread::current().unpark();
        // Without the line above, this would take an hour.
        rounds.wait();
    }

    #[test]
    fn the_thread_waits_for_the_next_round() {
        let mut rounds = Rounds::default();
        rounds.begin();
        let began = rounds.began.expect("a round has begun");
        rounds.wait();
        assert!(began.elapsed() >= ROUND);
    }
}
