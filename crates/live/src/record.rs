//! The current state of a vehicle as its live keys store it.

use std::time::Duration;

use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};

/// The stored state of one vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveRecord {
    /// Id of the vehicle.
    pub vehicle_id: VehicleId,
    /// Newest position.
    pub position: Option<VehiclePosition>,
    /// Newest state.
    pub state: Option<VehicleRuntimeState>,
    /// The later of the timestamps of `position` and `state`; [`Timestamp::EPOCH`] if both are absent.
    pub last_update: Timestamp,
    /// Starts of the series of positions and states.
    pub series: Series,
    /// Parts that were read and are invalid. They are treated as absent. A record may consist only of broken parts.
    pub broken: BrokenParts,
    /// Remaining lifetime of the keys. It is measured from the vehicle's last message, not from the write: rewriting
    /// keys does not extend their lifetime.
    pub expires_in: Duration,
}

/// Parts of a record that cannot be decoded or are implausible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BrokenParts {
    /// Whether the key of the position exists, but contains no valid position.
    pub position: bool,
    /// Whether the key of the state exists, but contains no valid state.
    pub state: bool,
}

impl BrokenParts {
    /// Returns `true` if any part is broken.
    #[must_use]
    pub const fn any(self) -> bool {
        self.position || self.state
    }
}

/// Times at which the series of positions and states of a vehicle started, by the server's wall clock; `None` for the
/// first series.
///
/// A new series starts when the robot's clock was set back, or when the content of the keys is invalid. Its timestamps
/// are not compared with those of earlier series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Series {
    /// Start of the series of positions.
    pub positions: Option<Timestamp>,
    /// Start of the series of states.
    pub states: Option<Timestamp>,
}

/// A robot's timestamp with the series that it belongs to. Together they determine whether one sample replaces another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesTime {
    /// Start of the series.
    pub series: Option<Timestamp>,
    /// The robot's timestamp.
    pub at: Timestamp,
}

impl SeriesTime {
    /// Maximum difference, in milliseconds, between the times at which several servers detect the same start of a
    /// series: their wall clocks differ, and messages reach them with different delays.
    pub const TOLERANCE_MS: i64 = 10_000;

    /// Returns `true` if this sample replaces a stored one: its series started later, or it belongs to the same series
    /// and is not older.
    ///
    /// Each server detects the start of a series independently, from the same messages. A start that is earlier than
    /// the stored one by at most the tolerance belongs to the same series, and the robot's timestamps decide. The later
    /// start is stored, so the servers agree after one message.
    #[must_use]
    pub fn overwrites(self, kept: Self) -> bool {
        let (own, other) = (
            self.series.unwrap_or(Timestamp::EPOCH),
            kept.series.unwrap_or(Timestamp::EPOCH),
        );
        own > other || (other.ms_since(own) <= Self::TOLERANCE_MS && self.at >= kept.at)
    }

    /// Returns `true` if the samples have the same time in the same series, so that each of them can replace the other.
    pub(crate) fn ties_with(self, other: Self) -> bool {
        self.at == other.at && self.overwrites(other) && other.overwrites(self)
    }
}

/// A collection of vehicles that is stored alongside their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Roll {
    /// The set of active vehicles (`vehicles:active`).
    Active,
    /// The geo index of positions (`vehicles:positions`).
    Map,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case((0, 10), (0, 10), true)]
    #[case((0, 9), (0, 10), false)]
    #[case((100_000, 1), (0, 10), true)]
    #[case((0, 10), (100_000, 1), false)]
    #[case((100_000, 1), (100_020, 2), false)]
    #[case((100_000, 3), (100_020, 2), true)]
    #[case((100_020, 1), (100_000, 2), true)]
    #[case((90_000, 3), (100_000, 2), true)]
    #[case((89_999, 3), (100_000, 2), false)]
    fn a_sample_overwrites_older_samples_of_its_series_and_all_of_earlier_series(
        #[case] offered: (i64, i64),
        #[case] kept: (i64, i64),
        #[case] expected: bool,
    ) {
        let time = |(series, at): (i64, i64)| SeriesTime {
            series: (series > 0).then(|| Timestamp::from_unix_ms(series).expect("a time")),
            at: Timestamp::from_unix_ms(at).expect("a time"),
        };
        assert_eq!(time(offered).overwrites(time(kept)), expected);
    }
}
