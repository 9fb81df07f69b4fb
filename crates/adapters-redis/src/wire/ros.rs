//! ROS 2 messages in rosbridge's form: `{"vehicleId": …, "type": "nav_msgs/msg/Odometry", "msg": {…}}`.

use application::telemetry::{Channel, Content, Reason, Rejection};
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
    field::{self, Field, invalid, not_finite},
    position::wrong_rotation,
};

/// Whether an object carries a ROS 2 message. Plain objects may have fields of these names too, which are unknown
/// ones there: `plain` is a field that only a plain object must have.
pub(super) fn is_meant(kind: Field<'_>, msg: Field<'_>, plain: Field<'_>) -> bool {
    msg.is_some_and(|msg| msg.get().starts_with('{'))
        || (plain.is_none() && kind.is_some_and(|kind| kind.get().contains('/')))
}

/// A position, from the types of message that have one.
pub(super) fn position(kind: Field<'_>, msg: Field<'_>, map_id: Option<MapId>) -> Result<Content, Rejection> {
    match message_type(kind)? {
        MessageType::Odometry => {
            let Odometry {
                header, pose, twist, ..
            } = decode(msg)?;
            let position = vehicle_position(header, "msg.pose.pose", &pose.pose, map_id)?;
            Ok(Content::Position {
                position,
                speed: twist.map(speed).transpose()?,
            })
        }
        MessageType::PoseStamped => {
            let PoseStamped { header, pose } = decode(msg)?;
            Ok(Content::Position {
                position: vehicle_position(header, "msg.pose", &pose, map_id)?,
                speed: None,
            })
        }
        MessageType::PoseWithCovarianceStamped => {
            let PoseWithCovarianceStamped { header, pose } = decode(msg)?;
            let position = vehicle_position(header, "msg.pose.pose", &pose.pose, map_id)?;
            Ok(Content::Position {
                position,
                speed: None,
            })
        }
        other => Err(misplaced(other, Channel::Position)),
    }
}

/// A battery's charge.
pub(super) fn battery(kind: Field<'_>, msg: Field<'_>) -> Result<Content, Rejection> {
    match message_type(kind)? {
        MessageType::BatteryState => {
            let BatteryState {
                header, percentage, ..
            } = decode(msg)?;
            let fraction = finite(percentage, "msg", "percentage")?;
            if !(0.0..=1.0).contains(&fraction) {
                return Err(invalid(
                    "msg.percentage",
                    format_args!("must be between 0 and 1, not {fraction}"),
                ));
            }
            let level =
                Percentage::new(fraction * 100.0).map_err(|fault| invalid("msg.percentage", fault))?;
            Ok(Content::Battery {
                level,
                at: timestamp(header.stamp)?,
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
    let detail = format_args!("type {kind} has no place on {}", channel.as_str());
    Rejection::new(Reason::UnsupportedType, detail)
}

fn decode<M: rosbridge::Message>(msg: Field<'_>) -> Result<M, Rejection> {
    let json = field::required("msg", msg)?;
    rosbridge::decode(json.get()).map_err(|rosbridge::Fault { path, message }| {
        let dot = if path.is_empty() { "" } else { "." };
        invalid(format_args!("msg{dot}{path}"), message)
    })
}

/// `place` is where the pose is in the object.
fn vehicle_position(
    header: Header,
    place: &str,
    pose: &Pose,
    map_id: Option<MapId>,
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
    let frame_id = match header.frame_id.trim() {
        "" => None,
        name => Some(FrameId::new(name).map_err(|fault| invalid("msg.header.frame_id", fault))?),
    };
    Ok(VehiclePosition {
        x,
        y,
        z,
        rotation,
        timestamp: timestamp(header.stamp)?,
        frame_id,
        map_id,
    })
}

/// The length of the linear velocity.
fn speed(twist: TwistWithCovariance) -> Result<f64, Rejection> {
    let linear = twist.twist.linear;
    for (part, name) in [(linear.x, "x"), (linear.y, "y"), (linear.z, "z")] {
        finite(part, "msg.twist.twist.linear", name)?;
    }
    finite(
        linear.x.hypot(linear.y).hypot(linear.z),
        "msg.twist.twist",
        "linear",
    )
}

fn timestamp(Time { sec, nanosec }: Time) -> Result<Timestamp, Rejection> {
    if nanosec >= 1_000_000_000 {
        return Err(invalid("msg.header.stamp.nanosec", "must be below 1000000000"));
    }
    let ms = i64::from(sec) * 1_000 + i64::from(nanosec / 1_000_000);
    Timestamp::from_unix_ms(ms).map_err(|fault| invalid("msg.header.stamp", fault))
}

fn finite(value: f64, place: &str, name: &str) -> Result<f64, Rejection> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(not_finite(format_args!("{place}.{name}")))
    }
}
