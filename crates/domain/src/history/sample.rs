//! Samples of the past.

use std::sync::Arc;

use crate::{
    telemetry::{ErrorCode, FrameId, MapId, Percentage, Timestamp},
    vehicle::VehicleStatus,
};

/// The data that was reported of a vehicle for one moment. A part that is `None` was not reported at that moment: the
/// last report before it applies. A sample never repeats earlier parts, so that a report that arrives late is not
/// contradicted by samples that were made before it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Time of the measurement by the robot's clock.
    pub at: Timestamp,
    /// Time of arrival, if it differs from `at` by more than [`Self::PROMPT_MS`].
    pub received_at: Option<Timestamp>,
    /// Position and heading.
    pub position: Option<SampledPosition>,
    /// Speed in m/s, at least 0.
    pub speed: Option<f64>,
    /// Charge of the battery.
    pub battery: Option<Percentage>,
    /// Load and error codes, which robots report together.
    pub condition: Option<SampledCondition>,
    /// Status of the vehicle, reported by the robot or set by a user.
    pub status: Option<VehicleStatus>,
    /// Whether the vehicle was silent before this sample. Samples that are not simplified show this by their times;
    /// simplified ones are far apart even if the vehicle was heard.
    pub follows_gap: bool,
}

/// Position of a [`Sample`]. Only the heading is kept of the orientation.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledPosition {
    /// x coordinate in metres.
    pub x: f64,
    /// y coordinate in metres.
    pub y: f64,
    /// z coordinate in metres, upwards.
    pub z: f64,
    /// Heading in degrees counter-clockwise from the x axis, in [0, 360).
    pub heading: f64,
    /// Coordinate frame, if it is known.
    pub frame_id: Option<FrameId>,
    /// Map, if it is known.
    pub map_id: Option<MapId>,
}

/// Load and error codes of a [`Sample`].
#[derive(Debug, Clone, PartialEq)]
pub struct SampledCondition {
    /// Load in kg, at least 0; `None` if it is not known.
    pub load: Option<f64>,
    /// Error codes that are present, without duplicates.
    pub error_codes: Arc<[ErrorCode]>,
}

impl Sample {
    /// Maximum difference, in milliseconds, between a robot's timestamp and the time of arrival for which the time of
    /// arrival is not kept.
    pub const PROMPT_MS: i64 = 1_000;

    /// Returns an empty sample of a message with the robot's timestamp `at` that arrived at `received_at`.
    #[must_use]
    pub fn received(at: Timestamp, received_at: Timestamp) -> Self {
        let is_prompt = received_at.ms_since(at).abs() <= Self::PROMPT_MS;
        Self {
            at,
            received_at: (!is_prompt).then_some(received_at),
            position: None,
            speed: None,
            battery: None,
            condition: None,
            status: None,
            follows_gap: false,
        }
    }

    /// Adds the parts of `later`, a sample of the same moment that arrived later and takes precedence.
    pub fn absorb(&mut self, later: Self) {
        self.received_at = later.received_at.or(self.received_at);
        self.position = later.position.or(self.position.take());
        self.speed = later.speed.or(self.speed);
        self.battery = later.battery.or(self.battery);
        self.condition = later.condition.or(self.condition.take());
        self.status = later.status.or(self.status);
        self.follows_gap |= later.follows_gap;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms).expect("a time")
    }

    #[rstest]
    #[case(10_000, 10_000, false)]
    #[case(10_000, 11_000, false)]
    #[case(10_000, 11_001, true)]
    #[case(10_000, 8_999, true)]
    fn the_time_of_arrival_is_kept_only_if_it_differs_by_more_than_a_second(
        #[case] reported: i64,
        #[case] received: i64,
        #[case] is_kept: bool,
    ) {
        let sample = Sample::received(at(reported), at(received));
        assert_eq!(sample.received_at, is_kept.then_some(at(received)));
    }

    #[test]
    fn parts_of_the_later_sample_take_precedence() {
        let mut sample = Sample::received(at(5), at(5));
        sample.status = Some(VehicleStatus::Idle);
        sample.speed = Some(1.5);
        sample.follows_gap = true;
        let mut later = Sample::received(at(5), at(5_000));
        later.status = Some(VehicleStatus::Moving);
        sample.absorb(later);
        assert_eq!(sample.status, Some(VehicleStatus::Moving));
        assert_eq!(sample.received_at, Some(at(5_000)));
        sample.absorb(Sample::received(at(5), at(5)));
        assert_eq!(sample.status, Some(VehicleStatus::Moving));
        assert_eq!(sample.speed, Some(1.5));
        assert!(sample.follows_gap);
    }
}
