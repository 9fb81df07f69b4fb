//! The messages, field by field as the public ROS 2 interface definitions have them
//! (<https://github.com/ros2/common_interfaces>, <https://github.com/ros2/rcl_interfaces>).
//!
//! Units and axes follow [REP 103](https://www.ros.org/reps/rep-0103.html): metres, radians, seconds; x forward,
//! y left, z up.

use std::{fmt, str::FromStr};

use serde::Deserialize;

use crate::json_numbers;

/// `builtin_interfaces/msg/Time`: a point in time, since 1970 when the clock is the system's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Time {
    /// Whole seconds; negative before the clock's zero.
    pub sec: i32,
    /// Nanoseconds to add, in [0, 10⁹).
    pub nanosec: u32,
}

/// `std_msgs/msg/Header`
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Header {
    /// When the content was true.
    pub stamp: Time,
    /// The coordinate frame of the content; empty when the sender names none.
    #[serde(default)]
    pub frame_id: String,
}

/// `geometry_msgs/msg/Point`, in metres.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Point {
    /// Along x.
    #[serde(deserialize_with = "json_numbers::number")]
    pub x: f64,
    /// Along y.
    #[serde(deserialize_with = "json_numbers::number")]
    pub y: f64,
    /// Along z.
    #[serde(deserialize_with = "json_numbers::number")]
    pub z: f64,
}

/// `geometry_msgs/msg/Vector3`
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Vector3 {
    /// Along x.
    #[serde(default, deserialize_with = "json_numbers::number")]
    pub x: f64,
    /// Along y.
    #[serde(default, deserialize_with = "json_numbers::number")]
    pub y: f64,
    /// Along z.
    #[serde(default, deserialize_with = "json_numbers::number")]
    pub z: f64,
}

/// `geometry_msgs/msg/Quaternion`
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Quaternion {
    /// The vector part's x.
    #[serde(deserialize_with = "json_numbers::number")]
    pub x: f64,
    /// The vector part's y.
    #[serde(deserialize_with = "json_numbers::number")]
    pub y: f64,
    /// The vector part's z.
    #[serde(deserialize_with = "json_numbers::number")]
    pub z: f64,
    /// The scalar part.
    #[serde(deserialize_with = "json_numbers::number")]
    pub w: f64,
}

impl Default for Quaternion {
    /// No rotation, as the definition's own default values say.
    fn default() -> Self {
        Self {
            x: 0.0,
            y: 0.0,
            z: 0.0,
            w: 1.0,
        }
    }
}

/// `geometry_msgs/msg/Pose`
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Pose {
    /// Where.
    pub position: Point,
    /// Facing which way.
    pub orientation: Quaternion,
}

/// `geometry_msgs/msg/Twist`
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub struct Twist {
    /// Velocity in m/s.
    #[serde(default)]
    pub linear: Vector3,
    /// Turn rates in rad/s.
    #[serde(default)]
    pub angular: Vector3,
}

/// A 6 × 6 matrix, row by row, over x, y, z and the rotations about them.
pub type Covariance = [f64; 36];

/// `geometry_msgs/msg/PoseWithCovariance`
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct PoseWithCovariance {
    /// The pose.
    pub pose: Pose,
    /// How sure it is.
    #[serde(
        default = "json_numbers::no_covariance",
        deserialize_with = "json_numbers::covariance"
    )]
    pub covariance: Covariance,
}

/// `geometry_msgs/msg/TwistWithCovariance`
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct TwistWithCovariance {
    /// The twist.
    pub twist: Twist,
    /// How sure it is.
    #[serde(
        default = "json_numbers::no_covariance",
        deserialize_with = "json_numbers::covariance"
    )]
    pub covariance: Covariance,
}

/// `nav_msgs/msg/Odometry`: where a robot is by its own reckoning, and how fast.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Odometry {
    /// When, and the frame of the pose.
    pub header: Header,
    /// The frame of the twist: the robot's own.
    #[serde(default)]
    pub child_frame_id: String,
    /// Where.
    pub pose: PoseWithCovariance,
    /// How fast; `None` only in a JSON text whose writer left it out.
    #[serde(default)]
    pub twist: Option<TwistWithCovariance>,
}

/// `geometry_msgs/msg/PoseStamped`
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PoseStamped {
    /// When, and the frame of the pose.
    pub header: Header,
    /// Where.
    pub pose: Pose,
}

/// `geometry_msgs/msg/PoseWithCovarianceStamped`
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PoseWithCovarianceStamped {
    /// When, and the frame of the pose.
    pub header: Header,
    /// Where.
    pub pose: PoseWithCovariance,
}

/// `sensor_msgs/msg/BatteryState`, as far as a fleet's operator asks for it. The wire has float32; a JSON text
/// may be more exact, and is kept as it is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BatteryState {
    /// When.
    pub header: Header,
    /// Volts.
    #[serde(
        default = "json_numbers::not_measured",
        deserialize_with = "json_numbers::number"
    )]
    pub voltage: f64,
    /// Degrees Celsius, NaN when not measured.
    #[serde(
        default = "json_numbers::not_measured",
        deserialize_with = "json_numbers::number"
    )]
    pub temperature: f64,
    /// Amperes, negative when discharging, NaN when not measured.
    #[serde(
        default = "json_numbers::not_measured",
        deserialize_with = "json_numbers::number"
    )]
    pub current: f64,
    /// The charge from 0 to 1 (not 0 to 100), NaN when not measured.
    #[serde(deserialize_with = "json_numbers::number")]
    pub percentage: f64,
}

macro_rules! message_types {
    ($($(#[$doc:meta])* $variant:ident = $package:literal / $name:literal),+ $(,)?) => {
        /// The types of message that this crate decodes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum MessageType {
            $($(#[$doc])* $variant),+
        }

        impl MessageType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as ROS 2 writes it, such as `nav_msgs/msg/Odometry`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => concat!($package, "/msg/", $name)),+ }
            }
        }

        impl FromStr for MessageType {
            type Err = UnknownMessageType;

            /// Reads a name as ROS 2 writes it, or as ROS 1 and rosbridge do, without `/msg/`.
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
    /// [`Odometry`]
    Odometry = "nav_msgs" / "Odometry",
    /// [`PoseStamped`]
    PoseStamped = "geometry_msgs" / "PoseStamped",
    /// [`PoseWithCovarianceStamped`]
    PoseWithCovarianceStamped = "geometry_msgs" / "PoseWithCovarianceStamped",
    /// [`BatteryState`]
    BatteryState = "sensor_msgs" / "BatteryState",
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name of none of the [`MessageType`]s.
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
    fn a_type_is_named_with_or_without_msg() {
        for &kind in MessageType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(kind.as_str().replace("/msg/", "/").parse(), Ok(kind));
        }
    }

    #[test]
    fn no_other_name_is_a_type() {
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
