//! The age of data that was read from the live keys.

use std::time::Duration;

use domain::telemetry::Timestamp;

/// Age of the newest data in a vehicle's live keys.
///
/// The age is determined by the wall clock when the data is read, and grows with the running time afterwards: neither a
/// change of the wall clock nor the time during which this server did not run makes the robot more silent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeptAge {
    /// The robot's time of the data.
    pub(crate) at: Timestamp,
    /// Age when the data was read, in microseconds; negative if the robot's clock was ahead.
    age_us: i64,
    /// Running time when the data was read, in microseconds.
    read_us: u64,
}

impl KeptAge {
    /// Creates the age of data with the robot's time `at` that was read now, given the wall clock and the running time.
    pub(crate) const fn read(at: Timestamp, now: Timestamp, running_us: u64) -> Self {
        Self {
            at,
            age_us: now.ms_since(at).saturating_mul(1_000),
            read_us: running_us,
        }
    }

    /// Returns the age at a running time; zero if the robot's time is still in the future.
    pub(crate) fn silence(self, running_us: u64) -> Duration {
        let since_read_us = i64::try_from(running_us.saturating_sub(self.read_us)).unwrap_or(i64::MAX);
        let age_us = self.age_us.saturating_add(since_read_us);
        Duration::from_micros(u64::try_from(age_us).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_ms(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms).expect("a time")
    }

    #[test]
    fn data_ages_with_the_running_time() {
        let kept = KeptAge::read(at_ms(7_000), at_ms(10_000), 500_000);
        assert_eq!(kept.silence(500_000), Duration::from_secs(3));
        assert_eq!(kept.silence(1_500_000), Duration::from_secs(4));
    }

    #[test]
    fn data_with_a_time_in_the_future_has_no_age_until_then() {
        let kept = KeptAge::read(at_ms(12_000), at_ms(10_000), 0);
        assert_eq!(kept.silence(1_000_000), Duration::ZERO);
        assert_eq!(kept.silence(2_500_000), Duration::from_millis(500));
    }
}
