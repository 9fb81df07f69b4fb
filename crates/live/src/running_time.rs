//! The time during which this server has been running.

use std::time::Duration;

use crate::moment::whole_us;

/// Interval between two beats of the task that ticks the core.
const BEAT: Duration = Duration::from_millis(200);

/// Maximum time between two beats that is counted as running time.
///
/// A busy server delays a beat by tens of milliseconds, so nothing is left out while it runs. A stopped server counts
/// at most this time as silence of its robots, which is well below any sensible time limit for their messages.
const COUNTED: Duration = Duration::from_millis(500);

/// Converts the uptime into the running time, which leaves out times during which the server did not run, because its
/// process was stopped, its machine was paused, or it did not get any CPU time.
///
/// The uptime advances while a process is stopped. Messages of robots wait in its sockets in the meantime, and timers
/// may expire before they are read, so silence is measured in running time. The uptime does not advance while a machine
/// sleeps, at least on Linux, so neither does the running time.
///
/// The task that ticks the core reports a beat each time. If the next beat is late, only [`COUNTED`] of the time
/// between the two is running time, even before that beat has been reported. If beats are late again and again, the
/// running time advances more slowly, but it advances, so a silent robot is found in the end.
#[derive(Debug, Default)]
pub(crate) struct RunningTime {
    /// Uptime of the last beat; `None` while none is expected, in which case all time is running time.
    beat_us: Option<u64>,
    /// The last time that was left out.
    pause: Pause,
    /// Total length of all times that were left out.
    left_out_us: u64,
}

/// A period of uptime that is not running time.
#[derive(Debug, Clone, Copy, Default)]
struct Pause {
    began_us: u64,
    ended_us: u64,
}

impl RunningTime {
    /// Records a beat. Returns the time since the previous one that is not counted as running time.
    pub(crate) fn beat(&mut self, uptime_us: u64) -> Duration {
        let counted_until_us = self.counted_until_us(uptime_us);
        let left_out_us = uptime_us - counted_until_us;
        if left_out_us > 0 {
            self.left_out_us += left_out_us;
            self.pause = Pause {
                began_us: counted_until_us,
                ended_us: uptime_us,
            };
        }
        self.beat_us = Some(uptime_us);
        Duration::from_micros(left_out_us)
    }

    /// Returns the uptime at which the next beat is due.
    pub(crate) fn next_beat_us(uptime_us: u64) -> u64 {
        uptime_us.saturating_add(whole_us(BEAT))
    }

    /// Records that no beat is expected until the next one is reported.
    pub(crate) const fn expect_no_beat(&mut self) {
        self.beat_us = None;
    }

    /// Returns the running time at an uptime, in microseconds. It is exact since the pause before the last one.
    pub(crate) fn at_us(&self, uptime_us: u64) -> u64 {
        let uptime_us = self.counted_until_us(uptime_us);
        let Pause { began_us, ended_us } = self.pause;
        if uptime_us >= ended_us {
            uptime_us - self.left_out_us
        } else {
            let left_out_earlier_us = self.left_out_us - (ended_us - began_us);
            uptime_us.min(began_us).saturating_sub(left_out_earlier_us)
        }
    }

    /// Returns the uptime at which a running time that lies ahead is reached, unless there is a pause until then.
    pub(crate) const fn uptime_us(&self, running_us: u64) -> u64 {
        running_us.saturating_add(self.left_out_us)
    }

    /// Returns the latest uptime up to the given one that is counted as running time, considering the last beat.
    fn counted_until_us(&self, uptime_us: u64) -> u64 {
        self.beat_us.map_or(uptime_us, |beat_us| {
            uptime_us.min(beat_us.saturating_add(whole_us(COUNTED)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000;
    const MS: u64 = 1_000;

    /// Reports beats as a running server does, from one uptime to another.
    fn run(time: &mut RunningTime, from_us: u64, until_us: u64) {
        let mut at_us = from_us;
        while at_us <= until_us {
            assert_eq!(time.beat(at_us), Duration::ZERO);
            at_us = RunningTime::next_beat_us(at_us);
        }
    }

    #[test]
    fn all_time_is_running_time_while_beats_arrive_in_time() {
        let mut time = RunningTime::default();
        run(&mut time, S, 5 * S);
        assert_eq!(time.beat(5 * S + 500 * MS), Duration::ZERO, "delayed by 300 ms");
        assert_eq!(time.at_us(5 * S + 600 * MS), 5 * S + 600 * MS);
        assert_eq!(time.at_us(3 * S), 3 * S);
        assert_eq!(time.uptime_us(7 * S), 7 * S);
    }

    #[test]
    fn a_pause_counts_for_half_a_second_even_before_it_has_ended() {
        let mut time = RunningTime::default();
        run(&mut time, 0, 10 * S);
        assert_eq!(time.at_us(10 * S + 400 * MS), 10 * S + 400 * MS);
        assert_eq!(time.at_us(17 * S), 10 * S + 500 * MS, "the beat is still missing");
        assert_eq!(time.beat(17 * S), Duration::from_millis(6_500));
        assert_eq!(time.at_us(17 * S), 10 * S + 500 * MS);
        assert_eq!(time.at_us(17 * S + 100 * MS), 10 * S + 600 * MS);
        assert_eq!(time.uptime_us(10 * S + 600 * MS), 17 * S + 100 * MS);
        // Times of messages that were received before the pause, or whose receiver was stopped by it.
        assert_eq!(time.at_us(9 * S), 9 * S);
        assert_eq!(time.at_us(12 * S), 10 * S + 500 * MS);
    }

    #[test]
    fn several_pauses_add_up() {
        let mut time = RunningTime::default();
        time.beat(0);
        assert_eq!(time.beat(1_500 * MS), Duration::from_secs(1));
        assert_eq!(time.beat(4 * S), Duration::from_secs(2));
        assert_eq!(time.at_us(4 * S), S);
        assert_eq!(time.at_us(1_600 * MS), 600 * MS, "between the pauses");
        assert_eq!(time.at_us(0), 0, "never negative");
    }

    #[test]
    fn a_server_that_is_stopped_again_and_again_still_counts_half_a_second_each_time() {
        let mut time = RunningTime::default();
        for second in 0..=20 {
            time.beat(second * S);
        }
        assert_eq!(time.at_us(20 * S), 10 * S);
    }

    #[test]
    fn without_beats_all_time_is_running_time() {
        let mut time = RunningTime::default();
        assert_eq!(time.at_us(60 * S), 60 * S);
        time.beat(60 * S);
        time.expect_no_beat();
        assert_eq!(time.at_us(90 * S), 90 * S);
        assert_eq!(time.beat(90 * S), Duration::ZERO);
    }
}
