//! Points in time as robots write them.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

use time::OffsetDateTime;

/// Milliseconds since 1970-01-01T00:00:00Z, from 0 to the end of the year 9999, which every format that it is
/// shown in can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A number of milliseconds that is no [`Timestamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be Unix milliseconds between 0 and 253402300799999")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Checks Unix milliseconds.
    ///
    /// # Errors
    /// When they lie before 1970 or after the year 9999.
    pub fn from_unix_ms(ms: i64) -> Result<Self, InvalidTimestamp> {
        if (0..=Self::MAX.0).contains(&ms) {
            Ok(Self(ms))
        } else {
            Err(InvalidTimestamp)
        }
    }

    /// The milliseconds.
    #[must_use]
    pub const fn as_unix_ms(self) -> i64 {
        self.0
    }

    /// How long ago `earlier` was; negative when it is later.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The same point in time for a calendar.
    #[must_use]
    pub fn to_offset_date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The millisecond in which a calendar's time lies; times outside the range become its nearest end.
    #[must_use]
    pub fn from_offset_date_time(time: OffsetDateTime) -> Self {
        let ms = time.unix_timestamp_nanos().div_euclid(1_000_000);
        Self(i64::try_from(ms).unwrap_or(i64::MAX).clamp(0, Self::MAX.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Later; at most [`Timestamp::MAX`].
    fn add(self, rest: Duration) -> Self {
        let ms = i64::try_from(rest.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(ms).min(Self::MAX.0))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    /// Earlier; at least [`Timestamp::EPOCH`].
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
    fn only_the_years_1970_to_9999_are_times() {
        assert!(Timestamp::from_unix_ms(0).is_ok());
        assert!(Timestamp::from_unix_ms(253_402_300_799_999).is_ok());
        for ms in [-1, 253_402_300_800_000, i64::MIN, i64::MAX] {
            assert_eq!(Timestamp::from_unix_ms(ms), Err(InvalidTimestamp), "{ms}");
        }
    }

    #[test]
    fn a_calendar_and_back() {
        let timestamp = Timestamp::from_unix_ms(1_732_333_333_123).expect("a time");
        assert_eq!(
            Timestamp::from_offset_date_time(timestamp.to_offset_date_time()),
            timestamp
        );
        assert_eq!(Timestamp::MAX + Duration::from_secs(1), Timestamp::MAX);
        assert_eq!(Timestamp::EPOCH - Duration::from_secs(1), Timestamp::EPOCH);
    }
}
