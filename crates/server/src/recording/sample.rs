use domain::telemetry::{
    FrameId, Implausible, InvalidRotation, InvalidTimestamp, Rotation, Timestamp, VehiclePosition,
};
use ros2_messages::{
    cdr::{self, decode},
    messages::{Header, Odometry, Point, Pose, PoseStamped, PoseWithCovarianceStamped, Time, Twist},
};

use super::topic::PositionType;

/// The position in a recorded message.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    x: f64,
    y: f64,
    z: f64,
    rotation: Rotation,
    frame_id: Option<FrameId>,
    stamp: Time,
    /// Speed in m/s, from the twist of an odometry message; `None` without a twist, or if the speed is not finite.
    pub speed: Option<f64>,
}

/// Reason why a message yields no position.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SkipReason {
    /// The bytes can't be decoded as a message of its type.
    #[error("cannot decode the message: {0}")]
    Undecodable(#[from] cdr::Fault),
    /// A coordinate is NaN or infinite.
    #[error("position must consist of finite numbers")]
    NotFinite,
    /// The quaternion is not a rotation.
    #[error("orientation {0}")]
    Rotation(#[from] InvalidRotation),
    /// The stamp's nanoseconds amount to a second or more.
    #[error("header stamp's nanosec must be below 1000000000")]
    Nanoseconds,
    /// The stamp is before 1970.
    #[error("header stamp {0}")]
    Stamp(#[from] InvalidTimestamp),
    /// The position violates the server's plausibility rules.
    #[error(transparent)]
    Implausible(#[from] Implausible),
}

impl SkipReason {
    /// Returns the kind of fault, under which it is counted.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Undecodable(_) => "undecodable",
            Self::NotFinite => "position not finite",
            Self::Rotation(_) => "not a rotation",
            Self::Nanoseconds => "stamp with too many nanoseconds",
            Self::Stamp(_) => "stamp before 1970",
            Self::Implausible(Implausible::OutOfBounds) => "outside the bounds",
            Self::Implausible(Implausible::InFuture { .. }) => "in the future",
            Self::Implausible(_) => "implausible",
        }
    }
}

impl Sample {
    /// Decodes a message of a type that contains a position.
    ///
    /// # Errors
    /// Returns the reason why the message contains no usable position.
    pub fn decode(kind: PositionType, message: &[u8]) -> Result<Self, SkipReason> {
        match kind {
            PositionType::Odometry => {
                let Odometry {
                    header, pose, twist, ..
                } = decode(message)?;
                Self::new(&header, pose.pose, twist.and_then(|twist| speed(twist.twist)))
            }
            PositionType::PoseStamped => {
                let PoseStamped { header, pose } = decode(message)?;
                Self::new(&header, pose, None)
            }
            PositionType::PoseWithCovarianceStamped => {
                let PoseWithCovarianceStamped { header, pose } = decode(message)?;
                Self::new(&header, pose.pose, None)
            }
        }
    }

    fn new(header: &Header, pose: Pose, speed: Option<f64>) -> Result<Self, SkipReason> {
        let Pose {
            position: Point { x, y, z },
            orientation,
        } = pose;
        if ![x, y, z].iter().all(|coordinate| coordinate.is_finite()) {
            return Err(SkipReason::NotFinite);
        }
        let rotation = Rotation::from_quaternion(orientation.x, orientation.y, orientation.z, orientation.w)?;
        if header.stamp.nanosec >= 1_000_000_000 {
            return Err(SkipReason::Nanoseconds);
        }
        Ok(Self {
            x,
            y,
            z,
            rotation,
            // An invalid frame name is dropped, just as in messages from robots.
            frame_id: FrameId::named(&header.frame_id).ok().flatten(),
            stamp: header.stamp,
            speed,
        })
    }

    /// Returns the message's stamp plus `shift_ns` nanoseconds; `None` if the stamp is not set.
    ///
    /// # Errors
    /// Returns [`SkipReason::Stamp`] if the time is before 1970 or too large.
    pub fn recorded_at(&self, shift_ns: u64) -> Result<Option<Timestamp>, SkipReason> {
        if self.stamp == Time::default() {
            return Ok(None);
        }
        let ns = i128::from(self.stamp.sec) * 1_000_000_000
            + i128::from(self.stamp.nanosec)
            + i128::from(shift_ns);
        let ms = i64::try_from(ns.div_euclid(1_000_000)).map_err(|_| InvalidTimestamp)?;
        Ok(Some(Timestamp::from_unix_ms(ms)?))
    }

    /// Returns the position with the given timestamp.
    #[must_use]
    pub fn position(&self, timestamp: Timestamp) -> VehiclePosition {
        VehiclePosition {
            x: self.x,
            y: self.y,
            z: self.z,
            rotation: self.rotation,
            timestamp,
            frame_id: self.frame_id.clone(),
            map_id: None,
        }
    }
}

fn speed(twist: Twist) -> Option<f64> {
    let linear = twist.linear;
    let speed = linear.x.hypot(linear.y).hypot(linear.z);
    speed.is_finite().then_some(speed)
}
