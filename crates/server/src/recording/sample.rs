use domain::telemetry::{
    FrameId, Implausible, InvalidRotation, InvalidTimestamp, Rotation, Timestamp, VehiclePosition,
};
use ros2_messages::{
    cdr::{self, decode},
    messages::{Header, Odometry, Point, Pose, PoseStamped, PoseWithCovarianceStamped, Time, Twist},
};

use super::topic::PositionType;

/// A position out of a recorded message.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    x: f64,
    y: f64,
    z: f64,
    rotation: Rotation,
    frame_id: Option<FrameId>,
    stamp: Time,
    /// m/s, of an odometry whose twist is finite.
    pub speed: Option<f64>,
}

/// Why a message gives no position.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SkipReason {
    /// Its bytes are not those of its type.
    #[error("not decodable: {0}")]
    Undecodable(#[from] cdr::Fault),
    /// A coordinate is NaN or infinite.
    #[error("position must be finite")]
    NotFinite,
    /// Its quaternion is no rotation.
    #[error("orientation {0}")]
    Rotation(#[from] InvalidRotation),
    /// Its stamp has more nanoseconds than a second.
    #[error("header stamp's nanosec must be below 1000000000")]
    Nanoseconds,
    /// Its stamp lies before 1970.
    #[error("header stamp {0}")]
    Stamp(#[from] InvalidTimestamp),
    /// The server's rules refuse it.
    #[error(transparent)]
    Implausible(#[from] Implausible),
}

impl SkipReason {
    /// The kind of fault, for counting.
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
    /// Decodes a message of a type that holds a position.
    ///
    /// # Errors
    /// Says why there is no position in it.
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
            // A name that can be none is dropped, as it is from a message of a robot.
            frame_id: FrameId::named(&header.frame_id).ok().flatten(),
            stamp: header.stamp,
            speed,
        })
    }

    /// When the robot was there by its own clock, later by `shift_ns` nanoseconds; `None` when its stamp is not set.
    ///
    /// # Errors
    /// [`SkipReason::Stamp`].
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

    /// The position, as if the vehicle were there at `timestamp`.
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
