//! Autonomous mobile robots.

use super::ConfigObject;
use crate::{telemetry::MapId, text::InvalidNumber};

/// Details of an autonomous mobile robot.
#[derive(Debug, Clone, PartialEq)]
pub struct AmrDetails {
    /// Whether the lidar is enabled.
    pub lidar_enabled: bool,
    /// Whether the camera is enabled.
    pub camera_enabled: bool,
    /// Whether the ultrasonic sensors are enabled.
    pub ultrasonic_enabled: bool,
    /// Level of autonomy.
    pub autonomy_level: AutonomyLevel,
    /// Map on which the vehicle drives.
    pub map_id: Option<MapId>,
    /// Obstacle-avoidance settings, in the manufacturer's format.
    pub obstacle_avoidance_config: Option<ConfigObject>,
}

impl AmrDetails {
    /// Returns details with this level of autonomy, all sensors disabled, and no map or settings.
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

/// Changes to the details of an autonomous mobile robot. `None` leaves a field unchanged, `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AmrChanges {
    /// Whether the lidar is enabled.
    pub lidar_enabled: Option<bool>,
    /// Whether the camera is enabled.
    pub camera_enabled: Option<bool>,
    /// Whether the ultrasonic sensors are enabled.
    pub ultrasonic_enabled: Option<bool>,
    /// Level of autonomy.
    pub autonomy_level: Option<AutonomyLevel>,
    /// Map on which the vehicle drives.
    pub map_id: Option<Option<MapId>>,
    /// Obstacle-avoidance settings.
    pub obstacle_avoidance_config: Option<Option<ConfigObject>>,
}

impl AmrChanges {
    /// Returns the details after the changes.
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

/// Level of autonomy from 0 (manual) to 5 (fully autonomous), modelled on SAE J3016.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AutonomyLevel(u8);

impl AutonomyLevel {
    /// Returns the level with this number.
    ///
    /// # Errors
    /// Fails if the level is not between 0 and 5.
    pub fn new(level: i64) -> Result<Self, InvalidNumber> {
        match u8::try_from(level) {
            Ok(level @ 0..=5) => Ok(Self(level)),
            _ => Err(InvalidNumber::OutOfRange { min: 0, max: 5 }),
        }
    }

    /// Returns the number, from 0 to 5.
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
