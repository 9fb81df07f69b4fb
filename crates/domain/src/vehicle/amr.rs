//! Autonomous mobile robots.

use super::ConfigObject;
use crate::{telemetry::MapId, text::InvalidNumber};

/// AMR-specific details.
#[derive(Debug, Clone, PartialEq)]
pub struct AmrDetails {
    /// Whether it scans with a lidar.
    pub lidar_enabled: bool,
    /// Whether it sees with a camera.
    pub camera_enabled: bool,
    /// Whether it listens with ultrasonic sensors.
    pub ultrasonic_enabled: bool,
    /// How far it finds its way without people.
    pub autonomy_level: AutonomyLevel,
    /// The map that it drives on.
    pub map_id: Option<MapId>,
    /// Settings of its obstacle avoidance, as its maker defines them.
    pub obstacle_avoidance_config: Option<ConfigObject>,
}

impl AmrDetails {
    /// An AMR of which nothing but its level of autonomy is known; all sensors are disabled.
    #[must_use]
    pub const fn of_level(autonomy_level: AutonomyLevel) -> Self {
        Self {
            lidar_enabled: false,
            camera_enabled: false,
            ultrasonic_enabled: false,
            autonomy_level,
            map_id: None,
            obstacle_avoidance_config: None,
        }
    }
}

/// Details of an autonomous mobile robot that are to be changed; `None` leaves a field as it is, `Some(None)` takes
/// its value away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AmrChanges {
    /// Whether it scans with a lidar.
    pub lidar_enabled: Option<bool>,
    /// Whether it sees with a camera.
    pub camera_enabled: Option<bool>,
    /// Whether it listens with ultrasonic sensors.
    pub ultrasonic_enabled: Option<bool>,
    /// How far it finds its way without people.
    pub autonomy_level: Option<AutonomyLevel>,
    /// The map that it drives on.
    pub map_id: Option<Option<MapId>>,
    /// Settings of its obstacle avoidance.
    pub obstacle_avoidance_config: Option<Option<ConfigObject>>,
}

impl AmrChanges {
    /// The details after the changes.
    #[must_use]
    pub fn apply(self, details: &AmrDetails) -> AmrDetails {
        AmrDetails {
            lidar_enabled: self.lidar_enabled.unwrap_or(details.lidar_enabled),
            camera_enabled: self.camera_enabled.unwrap_or(details.camera_enabled),
            ultrasonic_enabled: self.ultrasonic_enabled.unwrap_or(details.ultrasonic_enabled),
            autonomy_level: self.autonomy_level.unwrap_or(details.autonomy_level),
            map_id: self.map_id.unwrap_or_else(|| details.map_id.clone()),
            obstacle_avoidance_config: self
                .obstacle_avoidance_config
                .unwrap_or_else(|| details.obstacle_avoidance_config.clone()),
        }
    }
}

/// 0 (driven by people) to 5 (needs nobody), after the levels of SAE J3016.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AutonomyLevel(u8);

impl AutonomyLevel {
    /// Checks a level.
    ///
    /// # Errors
    /// When it is not 0 to 5.
    pub fn new(level: i64) -> Result<Self, InvalidNumber> {
        match u8::try_from(level) {
            Ok(level @ 0..=5) => Ok(Self(level)),
            _ => Err(InvalidNumber::OutOfRange { min: 0, max: 5 }),
        }
    }

    /// 0 to 5.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autonomy_is_a_level_from_0_to_5() {
        assert_eq!(AutonomyLevel::new(0).map(AutonomyLevel::get), Ok(0));
        assert_eq!(AutonomyLevel::new(5).map(AutonomyLevel::get), Ok(5));
        for level in [-1, 6, 256, i64::MAX] {
            assert!(AutonomyLevel::new(level).is_err(), "{level}");
        }
    }
}
