//! ROS 2 messages in rosbridge's form: `{"vehicleId": …, "type": "nav_msgs/msg/Odometry", "msg": {…}}`.

mod tolerant;

use application::telemetry::{Channel, Content, OptionalField, Reason, Rejection};
use domain::telemetry::{FrameId, MapId, Percentage, Rotation, Timestamp, VehiclePosition};
use ros2_messages::{
    MessageType,
    messages::{
        BatteryState, Header, Odometry, Pose, PoseStamped, PoseWithCovarianceStamped, Time,
        TwistWithCovariance,
    },
    rosbridge,
};

use super::{
    field::{self, Field, invalid, not_finite, wrong_rotation},
    object::Reading,
};

/// Returns `true` if an object carries a ROS 2 message. A plain object may also have unknown fields with these names;
/// `plain` is a field that only a plain object requires.
pub(super) fn is_meant(kind: Field<'_>, msg: Field<'_>, plain: Field<'_>) -> bool {
    msg.known().is_some_and(|msg| msg.starts_with('{'))
        || (!plain.is_there() && kind.known().is_some_and(|kind| kind.contains('/')))
}

/// Decodes the position in a message whose type has one.
pub(super) fn position(
    kind: Field<'_>,
    msg: Field<'_>,
    map_id: Option<MapId>,
    reading: &mut Reading,
) -> Result<Content, Rejection> {
    let (header, place, pose, twist) = match message_type(kind)? {
        MessageType::Odometry => {
            let Odometry {
                header, pose, twist, ..
            } = decode(msg, tolerant::odometry, reading)?;
            (header, "msg.pose.pose", pose.pose, twist)
        }
        MessageType::PoseStamped => {
            let PoseStamped { header, pose } = decode(msg, tolerant::pose_stamped, reading)?;
            (header, "msg.pose", pose, None)
        }
        MessageType::PoseWithCovarianceStamped => {
            let PoseWithCovarianceStamped { header, pose } =
                decode(msg, tolerant::pose_with_covariance_stamped, reading)?;
            (header, "msg.pose.pose", pose.pose, None)
        }
        other => return Err(misplaced(other, Channel::Position)),
    };
    Ok(Content::Position {
        position: vehicle_position(&header, place, &pose, map_id, reading)?,
        speed: twist.and_then(speed),
    })
}

/// Decodes the charge of a battery.
pub(super) fn battery(kind: Field<'_>, msg: Field<'_>, reading: &mut Reading) -> Result<Content, Rejection> {
    match message_type(kind)? {
        MessageType::BatteryState => {
            let BatteryState {
                header, percentage, ..
            } = decode(msg, tolerant::battery_state, reading)?;
            let fraction = finite(percentage, "msg", "percentage")?;
            let level = Percentage::measured_fraction(fraction).map_err(|_| {
                invalid(
                    "msg.percentage",
                    format_args!("must be between 0 and 1, not {fraction}"),
                )
            })?;
            Ok(Content::Battery {
                level,
                at: timestamp(header.stamp, reading)?,
            })
        }
        other => Err(misplaced(other, Channel::State)),
    }
}

fn message_type(kind: Field<'_>) -> Result<MessageType, Rejection> {
    field::text("type", kind)?
        .parse()
        .map_err(|fault| Rejection::new(Reason::UnsupportedType, format_args!("type {fault}")))
}

fn misplaced(kind: MessageType, channel: Channel) -> Rejection {
    let detail = format_args!("type {kind} is not supported on {}", channel.as_str());
    Rejection::new(Reason::UnsupportedType, detail)
}

/// Decodes a message; one that deviates from its definition is read field by field.
fn decode<M: rosbridge::Message>(
    msg: Field<'_>,
    tolerant: impl Fn(Field<'_>, &mut Reading) -> Result<M, Rejection>,
    reading: &mut Reading,
) -> Result<M, Rejection> {
    let json = field::required("msg", msg)?;
    serde_json::from_str(json).or_else(|_| tolerant(msg, reading))
}

/// Converts a pose to a position. `place` is the path of the pose in the object, for error messages.
fn vehicle_position(
    header: &Header,
    place: &str,
    pose: &Pose,
    map_id: Option<MapId>,
    reading: &mut Reading,
) -> Result<VehiclePosition, Rejection> {
    let Pose {
        position,
        orientation,
    } = pose;
    let (x, y) = (
        finite(position.x, place, "position.x")?,
        finite(position.y, place, "position.y")?,
    );
    let z = finite(position.z, place, "position.z")?;
    let rotation = Rotation::from_quaternion(orientation.x, orientation.y, orientation.z, orientation.w)
        .map_err(|fault| wrong_rotation(&format!("{place}.orientation"), fault))?;
    let frame_id = FrameId::named(&header.frame_id).unwrap_or_else(|_| {
        reading.optional.drop(OptionalField::FrameId);
        None
    });
    Ok(VehiclePosition {
        x,
        y,
        z,
        rotation,
        timestamp: timestamp(header.stamp, reading)?,
        frame_id,
        map_id,
    })
}

/// Returns the magnitude of the linear velocity; `None` if it is not finite, as when a component is unknown.
fn speed(twist: TwistWithCovariance) -> Option<f64> {
    let linear = twist.twist.linear;
    let length = linear.x.hypot(linear.y).hypot(linear.z);
    length.is_finite().then_some(length)
}

fn timestamp(Time { sec, nanosec }: Time, reading: &mut Reading) -> Result<Timestamp, Rejection> {
    if nanosec >= 1_000_000_000 {
        return Err(invalid("msg.header.stamp.nanosec", "must be below 1000000000"));
    }
    let ms = i64::from(sec) * 1_000 + i64::from(nanosec / 1_000_000);
    if ms == 0 {
        return Ok(reading.time(None));
    }
    let time = Timestamp::from_unix_ms(ms).map_err(|fault| invalid("msg.header.stamp", fault))?;
    Ok(reading.time(Some(time)))
}

fn finite(value: f64, place: &str, name: &str) -> Result<f64, Rejection> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(not_finite(format_args!("{place}.{name}")))
    }
}
