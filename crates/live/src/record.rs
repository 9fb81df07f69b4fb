//! A vehicle's present as the live keys hold it.

use std::time::Duration;

use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};

/// All that is kept of one vehicle's present.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveRecord {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Its newest position.
    pub position: Option<VehiclePosition>,
    /// Its newest state.
    pub state: Option<VehicleRuntimeState>,
    /// The newest timestamp of the two.
    pub last_update: Timestamp,
    /// When the series of each began.
    pub series: Series,
    /// The parts that were read and cannot be understood; they are as if absent, and a record may have nothing else.
    pub broken: BrokenParts,
    /// How long the keys stay if nothing more is written. Counted from the vehicle's last message, not from the write:
    /// keys that are written again do not live longer.
    pub expires_in: Duration,
}

/// The parts of a record that cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BrokenParts {
    /// There is a key for the position that holds none.
    pub position: bool,
    /// There is a key for the state that holds none.
    pub state: bool,
}

impl BrokenParts {
    /// Whether any part is broken.
    #[must_use]
    pub const fn any(self) -> bool {
        self.position || self.state
    }
}

/// When the positions and the states of a vehicle began anew, by the server's calendar; `None`: never since they began.
///
/// They begin anew when the robot's clock was set back, or when what the keys hold cannot be true. From then on their
/// timestamps are not compared with those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Series {
    /// Of positions.
    pub positions: Option<Timestamp>,
    /// Of states.
    pub states: Option<Timestamp>,
}

/// A robot's time and the series that it belongs to: what decides whether one sample takes another's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesTime {
    /// When the series began.
    pub series: Option<Timestamp>,
    /// The robot's time.
    pub at: Timestamp,
}

impl SeriesTime {
    /// How much the times may differ at which several servers find out that a series begins anew, in milliseconds: their
    /// calendars differ, and some messages reach one later than another.
    pub const TOLERANCE_MS: i64 = 10_000;

    /// Whether this sample takes the place of one that is kept: it belongs to a later series, or to the same and is not
    /// older.
    ///
    /// Every server finds the beginning of a series by itself, from the same messages. Of two that differ by less than the
    /// tolerance the later one stands, and times decide between their samples, so that servers agree after one message.
    #[must_use]
    pub fn overwrites(self, kept: Self) -> bool {
        let (own, other) = (
            self.series.unwrap_or(Timestamp::EPOCH),
            kept.series.unwrap_or(Timestamp::EPOCH),
        );
        own > other || (other.ms_since(own) <= Self::TOLERANCE_MS && self.at >= kept.at)
    }
}

/// A collection of vehicles beside their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Roll {
    /// The set of active vehicles.
    Active,
    /// The map of positions.
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
    fn a_sample_overwrites_an_older_one_of_its_series_and_all_of_earlier_ones(
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
