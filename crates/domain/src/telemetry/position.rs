//! Positions of vehicles.

use super::{Rotation, Timestamp};
use crate::text::{InvalidText, received};

received!(
    /// Id of the map that a position is on, such as "floor-1".
    MapId,
    100
);
received!(
    /// Name of the ROS coordinate frame of a position, such as "map" or "odom".
    FrameId,
    100
);

impl FrameId {
    /// Returns the frame that a ROS message names, without the leading slashes that were common in ROS 1. Returns
    /// `None` if nothing is left.
    ///
    /// # Errors
    /// Fails if the name is too long, or contains a control character or U+FFFD.
    pub fn named(text: &str) -> Result<Option<Self>, InvalidText> {
        let name = text.trim_start_matches(|first: char| first == '/' || first.is_whitespace());
        match Self::new(name) {
            Ok(frame) => Ok(Some(frame)),
            Err(InvalidText::Empty) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// Position and orientation of a vehicle at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct VehiclePosition {
    /// x coordinate in metres.
    pub x: f64,
    /// y coordinate in metres.
    pub y: f64,
    /// z coordinate in metres, upwards.
    pub z: f64,
    /// Orientation of the vehicle.
    pub rotation: Rotation,
    /// Time of the measurement by the robot's clock, or the time of arrival if the robot reports none.
    pub timestamp: Timestamp,
    /// Coordinate frame; `None` if the robot does not report a valid one.
    pub frame_id: Option<FrameId>,
    /// Map; `None` if the robot does not report a valid one.
    pub map_id: Option<MapId>,
}

impl VehiclePosition {
    /// Returns the heading in degrees counter-clockwise from the x axis, in [0, 360).
    #[must_use]
    pub fn heading(&self) -> f64 {
        self.rotation.heading()
    }

    /// Returns `true` if both positions are on the same map and in the same frame, so their coordinates are comparable.
    #[must_use]
    pub fn shares_axes_with(&self, other: &Self) -> bool {
        self.frame_id == other.frame_id && self.map_id == other.map_id
    }

    /// Returns the straight-line distance in metres, which is meaningful only if the positions share their axes.
    #[must_use]
    pub fn distance_to(&self, other: &Self) -> f64 {
        let (dx, dy, dz) = (self.x - other.x, self.y - other.y, self.z - other.z);
        (dx * dx + dy * dy + dz * dz).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("map", Some("map"))]
    #[case("/map", Some("map"))]
    #[case("//map", Some("map"))]
    #[case(" /map ", Some("map"))]
    #[case("robot_7/odom", Some("robot_7/odom"))]
    #[case("", None)]
    #[case("/", None)]
    fn leading_slashes_are_removed_from_frame_names(#[case] text: &str, #[case] name: Option<&str>) {
        let frame = FrameId::named(text).expect("no fault");
        assert_eq!(frame.as_ref().map(FrameId::as_str), name);
    }
}
