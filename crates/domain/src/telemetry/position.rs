//! Where a vehicle is.

use super::{Rotation, Timestamp};
use crate::text::{InvalidText, received};

received!(
    /// The map that a position is on, such as "floor-1".
    MapId,
    100
);
received!(
    /// The ROS coordinate frame that a position is given in, such as "map" or "odom".
    FrameId,
    100
);

impl FrameId {
    /// Reads a frame's name as a ROS message has it: a leading `/`, which ROS 1 wrote, does not belong to the name, and an
    /// empty text names no frame.
    ///
    /// # Errors
    /// When the name is too long, or contains a control character or U+FFFD.
    pub fn named(text: &str) -> Result<Option<Self>, InvalidText> {
        let name = text.trim_start_matches(|first: char| first == '/' || first.is_whitespace());
        match Self::new(name) {
            Ok(frame) => Ok(Some(frame)),
            Err(InvalidText::Empty) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// Where a vehicle was at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct VehiclePosition {
    /// Metres along the frame's x axis.
    pub x: f64,
    /// Metres along the frame's y axis.
    pub y: f64,
    /// Metres up.
    pub z: f64,
    /// Which way it faces.
    pub rotation: Rotation,
    /// When, by the robot's own clock.
    pub timestamp: Timestamp,
    /// The coordinate frame.
    pub frame_id: Option<FrameId>,
    /// The map.
    pub map_id: Option<MapId>,
}

impl VehiclePosition {
    /// Degrees counter-clockwise from the x axis, in [0, 360).
    #[must_use]
    pub fn heading(&self) -> f64 {
        self.rotation.heading()
    }

    /// Whether its coordinates can be compared with the other's.
    #[must_use]
    pub fn shares_axes_with(&self, other: &Self) -> bool {
        self.frame_id == other.frame_id && self.map_id == other.map_id
    }

    /// Metres between the two, as the crow flies; meaningful only when they share their axes.
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
    fn a_leading_slash_is_no_part_of_a_frames_name(#[case] text: &str, #[case] name: Option<&str>) {
        let frame = FrameId::named(text).expect("no fault");
        assert_eq!(frame.as_ref().map(FrameId::as_str), name);
    }
}
