//! Timestamps in Unix milliseconds.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

use time::OffsetDateTime;

/// Milliseconds since 1970-01-01T00:00:00Z, from 0 to the end of the year 9999. Every format in which timestamps are
/// written supports this range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Error returned for a number of milliseconds that is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be Unix milliseconds between 0 and 253402300799999")]
pub struct InvalidTimestamp;

/// Reason why a number that a robot reports is not a time in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReportedTime {
    /// The number is probably in seconds, microseconds or nanoseconds.
    #[error("must be in Unix milliseconds, not seconds, microseconds or nanoseconds")]
    Unit,
    /// The number is not whole.
    #[error("must be whole Unix milliseconds")]
    NotWhole,
    /// The time is before 1970.
    #[error(transparent)]
    OutOfRange(#[from] InvalidTimestamp),
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Returns the timestamp of a time in Unix milliseconds.
    ///
    /// # Errors
    /// Fails if the time is before 1970 or after the year 9999.
    pub fn from_unix_ms(ms: i64) -> Result<Self, InvalidTimestamp> {
        if (0..=Self::MAX.0).contains(&ms) {
            Ok(Self(ms))
        } else {
            Err(InvalidTimestamp)
        }
    }

    /// Returns a time that a robot reports in Unix milliseconds; `None` for 0, which senders write if they do not know
    /// the time.
    ///
    /// A number that is probably in another unit is rejected: numbers from 10⁹ to 10¹⁰ are taken to be seconds (2001 to
    /// 2286), and numbers above 10¹⁴ to be micro- or nanoseconds. Numbers below 10⁹ are accepted as times since the
    /// robot started.
    ///
    /// # Errors
    /// Fails if the number is probably in another unit, is negative, or is not whole.
    pub fn from_reported_ms(ms: f64) -> Result<Option<Self>, InvalidReportedTime> {
        if ms == 0.0 {
            return Ok(None);
        }
        if (1e9..=1e10).contains(&ms) || ms > 1e14 {
            return Err(InvalidReportedTime::Unit);
        }
        if ms < 0.0 {
            return Err(InvalidTimestamp.into());
        }
        if ms.fract() != 0.0 {
            return Err(InvalidReportedTime::NotWhole);
        }
        // Whole numbers up to 10¹⁴ are exact in both types.
        Ok(Some(Self::from_unix_ms(ms as i64)?))
    }

    /// Maximum difference between a timestamp from a clock that is set and the server's time. Robots deliver buffered
    /// messages up to a day late; a larger difference is taken to mean that the robot's clock was never set.
    const CALENDAR_MS: i64 = 86_400_000;

    /// Returns `true` if the time is from a clock that is set, so its difference from `now` is an age.
    #[must_use]
    pub const fn is_of_calendar(self, now: Self) -> bool {
        (self.0 - now.0).abs() <= Self::CALENDAR_MS
    }

    /// Returns the Unix milliseconds.
    #[must_use]
    pub const fn as_unix_ms(self) -> i64 {
        self.0
    }

    /// Returns the milliseconds since `earlier`; negative if `earlier` is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Converts to a date and time in UTC.
    #[must_use]
    pub fn to_offset_date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Converts from a date and time, rounding down to milliseconds and clamping to the valid range.
    #[must_use]
    pub fn from_offset_date_time(time: OffsetDateTime) -> Self {
        let ms = time.unix_timestamp_nanos().div_euclid(1_000_000);
        Self(i64::try_from(ms).unwrap_or(i64::MAX).clamp(0, Self::MAX.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Adds a duration. The result is at most [`Timestamp::MAX`].
    fn add(self, rest: Duration) -> Self {
        let ms = i64::try_from(rest.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(ms).min(Self::MAX.0))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    /// Subtracts a duration. The result is at least [`Timestamp::EPOCH`].
    fn sub(self, rest: Duration) -> Self {
        let ms = i64::try_from(rest.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(ms).max(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_in_the_years_1970_to_9999() {
        assert!(Timestamp::from_unix_ms(0).is_ok());
        assert!(Timestamp::from_unix_ms(253_402_300_799_999).is_ok());
        for ms in [-1, 253_402_300_800_000, i64::MIN, i64::MAX] {
            assert_eq!(Timestamp::from_unix_ms(ms), Err(InvalidTimestamp), "{ms}");
        }
    }

    #[test]
    fn a_reported_time_is_in_milliseconds() {
        let read = Timestamp::from_reported_ms;
        assert_eq!(read(0.0), Ok(None));
        for ms in [1.0, 5_000.0, 999_999_999.0, 1.000_1e10, 1_732_333_333_123.0, 1e14] {
            assert_eq!(read(ms), Ok(Some(Timestamp(ms as i64))), "{ms}");
        }
        for ms in [1e9, 1_732_333_333.25, 1e10, 1.000_1e14, 1.732e15, 1.732e18, 1e300] {
            assert_eq!(read(ms), Err(InvalidReportedTime::Unit), "{ms}");
        }
        assert_eq!(read(1.5), Err(InvalidReportedTime::NotWhole));
        assert_eq!(read(-1.0), Err(InvalidTimestamp.into()));
    }

    #[test]
    fn times_since_boot_are_not_those_of_a_clock_that_is_set() {
        let now = Timestamp(1_732_333_333_123);
        assert!(Timestamp(now.0 - 86_400_000).is_of_calendar(now));
        assert!(!Timestamp(now.0 - 86_400_001).is_of_calendar(now));
        assert!(!Timestamp(5_000).is_of_calendar(now));
    }

    #[test]
    fn a_timestamp_survives_the_conversion_to_a_date() {
        let timestamp = Timestamp::from_unix_ms(1_732_333_333_123).expect("a time");
        assert_eq!(
            Timestamp::from_offset_date_time(timestamp.to_offset_date_time()),
            timestamp
        );
        assert_eq!(Timestamp::MAX + Duration::from_secs(1), Timestamp::MAX);
        assert_eq!(Timestamp::EPOCH - Duration::from_secs(1), Timestamp::EPOCH);
    }
}
