//! The messages, field by field as in the public ROS 2 interface definitions
//! (<https://github.com/ros2/common_interfaces>, <https://github.com/ros2/rcl_interfaces>).
//!
//! Units and axes follow [REP 103](https://www.ros.org/reps/rep-0103.html): metres, radians, seconds; x forward,
//! y left, z up.

use std::{fmt, str::FromStr};

use serde::Deserialize;

use crate::json_numbers;

/// `builtin_interfaces/msg/Time`: the time since the epoch of the sender's clock, usually the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Time {
    /// Whole seconds, negative for times before the epoch.
    pub sec: i32,
    /// Nanoseconds to add, in [0, 10⁹).
    pub nanosec: u32,
}

/// `std_msgs/msg/Header`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Header {
    /// Time to which the data applies.
    pub stamp: Time,
    /// Coordinate frame of the data; empty if the sender names none.
    #[serde(default)]
    pub frame_id: String,
}

/// `geometry_msgs/msg/Point`, in metres.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Point {
    #[serde(deserialize_with = "json_numbers::number")]
    pub x: f64,
    #[serde(deserialize_with = "json_numbers::number")]
    pub y: f64,
    #[serde(deserialize_with = "json_numbers::number")]
    pub z: f64,
}

/// `geometry_msgs/msg/Vector3`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Vector3 {
    #[serde(default, deserialize_with = "json_numbers::number")]
    pub x: f64,
    #[serde(default, deserialize_with = "json_numbers::number")]
    pub y: f64,
    #[serde(default, deserialize_with = "json_numbers::number")]
    pub z: f64,
}

/// `geometry_msgs/msg/Quaternion`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Quaternion {
    #[serde(deserialize_with = "json_numbers::number")]
    pub x: f64,
    #[serde(deserialize_with = "json_numbers::number")]
    pub y: f64,
    #[serde(deserialize_with = "json_numbers::number")]
    pub z: f64,
    #[serde(deserialize_with = "json_numbers::number")]
    pub w: f64,
}

impl Default for Quaternion {
    /// Returns the identity rotation, which is the default in the ROS 2 definition.
    fn default() -> Self {
        Self {
            x: 0.0,
            y: 0.0,
            z: 0.0,
            w: 1.0,
        }
    }
}

/// `geometry_msgs/msg/Pose`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Pose {
    pub position: Point,
    pub orientation: Quaternion,
}

/// `geometry_msgs/msg/Twist`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Twist {
    /// Velocity in m/s.
    #[serde(default)]
    pub linear: Vector3,
    /// Angular velocity in rad/s.
    #[serde(default)]
    pub angular: Vector3,
}

/// 6 × 6 matrix in row-major order. Its rows and columns are x, y, z and the rotations about these axes.
pub type Covariance = [f64; 36];

/// `geometry_msgs/msg/PoseWithCovariance`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct PoseWithCovariance {
    pub pose: Pose,
    #[serde(
        default = "json_numbers::no_covariance",
        deserialize_with = "json_numbers::covariance"
    )]
    pub covariance: Covariance,
}

/// `geometry_msgs/msg/TwistWithCovariance`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct TwistWithCovariance {
    pub twist: Twist,
    #[serde(
        default = "json_numbers::no_covariance",
        deserialize_with = "json_numbers::covariance"
    )]
    pub covariance: Covariance,
}

/// `nav_msgs/msg/Odometry`: position and velocity as estimated by the robot.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Odometry {
    /// Time and coordinate frame of the pose.
    pub header: Header,
    /// Coordinate frame of the twist, which moves with the robot.
    #[serde(default)]
    pub child_frame_id: String,
    pub pose: PoseWithCovariance,
    /// Velocity; `None` if a JSON message omits it.
    #[serde(default)]
    pub twist: Option<TwistWithCovariance>,
}

/// `geometry_msgs/msg/PoseStamped`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PoseStamped {
    /// Time and coordinate frame of the pose.
    pub header: Header,
    pub pose: Pose,
}

/// `geometry_msgs/msg/PoseWithCovarianceStamped`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PoseWithCovarianceStamped {
    /// Time and coordinate frame of the pose.
    pub header: Header,
    pub pose: PoseWithCovariance,
}

/// `sensor_msgs/msg/BatteryState`, limited to the fields used here. ROS 2 defines the numbers as float32, but those in
/// JSON may be more precise, and their precision is kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BatteryState {
    pub header: Header,
    /// Volts; NaN if not measured.
    #[serde(
        default = "json_numbers::not_measured",
        deserialize_with = "json_numbers::number"
    )]
    pub voltage: f64,
    /// Degrees Celsius; NaN if not measured.
    #[serde(
        default = "json_numbers::not_measured",
        deserialize_with = "json_numbers::number"
    )]
    pub temperature: f64,
    /// Amperes, negative when discharging; NaN if not measured.
    #[serde(
        default = "json_numbers::not_measured",
        deserialize_with = "json_numbers::number"
    )]
    pub current: f64,
    /// Charge from 0 to 1 (not 0 to 100); NaN if not measured.
    #[serde(deserialize_with = "json_numbers::number")]
    pub percentage: f64,
}

macro_rules! message_types {
    ($($(#[$doc:meta])* $variant:ident = $package:literal / $name:literal),+ $(,)?) => {
        /// Types of messages that this crate decodes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum MessageType {
            $($(#[$doc])* $variant),+
        }

        impl MessageType {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name in ROS 2, such as `nav_msgs/msg/Odometry`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => concat!($package, "/msg/", $name)),+ }
            }
        }

        impl FromStr for MessageType {
            type Err = UnknownMessageType;

            /// Parses a name as in ROS 2, or without `msg/` as in ROS 1 and rosbridge.
            fn from_str(text: &str) -> Result<Self, UnknownMessageType> {
                match text {
                    $(concat!($package, "/msg/", $name) | concat!($package, "/", $name) => Ok(Self::$variant),)+
                    _ => Err(UnknownMessageType),
                }
            }
        }
    };
}

message_types! {
    Odometry = "nav_msgs" / "Odometry",
    PoseStamped = "geometry_msgs" / "PoseStamped",
    PoseWithCovarianceStamped = "geometry_msgs" / "PoseWithCovarianceStamped",
    BatteryState = "sensor_msgs" / "BatteryState",
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Error returned for a name that is not that of a [`MessageType`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be nav_msgs/msg/Odometry, geometry_msgs/msg/PoseStamped, geometry_msgs/msg/PoseWithCovarianceStamped or \
     sensor_msgs/msg/BatteryState"
)]
pub struct UnknownMessageType;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_parsed_with_and_without_msg() {
        for &kind in MessageType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(kind.as_str().replace("/msg/", "/").parse(), Ok(kind));
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "Odometry",
            "nav_msgs/srv/Odometry",
            "nav_msgs/msg/odometry",
            "std_msgs/msg/String",
        ] {
            assert_eq!(name.parse::<MessageType>(), Err(UnknownMessageType), "{name:?}");
        }
    }
}
