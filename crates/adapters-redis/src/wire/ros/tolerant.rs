//! A tolerant reader of ROS 2 messages that deviate from their definitions: fields that are not needed may have any
//! value.

use application::telemetry::{OptionalField, Rejection};
use ros2_messages::messages::{
    BatteryState, Covariance, Header, Odometry, Point, Pose, PoseStamped, PoseWithCovariance,
    PoseWithCovarianceStamped, Quaternion, Time, Twist, TwistWithCovariance, Vector3,
};
use serde::Deserialize;

use super::super::{
    field::{self, Field, invalid},
    object::Reading,
};

/// Covariance of every message read here: it is not used, so it is not read.
const NO_COVARIANCE: Covariance = [0.0; 36];

/// Fields of all messages and of their parts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parts<'a> {
    #[serde(borrow)]
    header: Field<'a>,
    stamp: Field<'a>,
    sec: Field<'a>,
    nanosec: Field<'a>,
    frame_id: Field<'a>,
    pose: Field<'a>,
    position: Field<'a>,
    orientation: Field<'a>,
    twist: Field<'a>,
    linear: Field<'a>,
    x: Field<'a>,
    y: Field<'a>,
    z: Field<'a>,
    w: Field<'a>,
    percentage: Field<'a>,
}

pub(super) fn odometry(msg: Field<'_>, reading: &mut Reading) -> Result<Odometry, Rejection> {
    let msg: Parts<'_> = field::object("msg", msg)?;
    let outer: Parts<'_> = field::object("msg.pose", msg.pose)?;
    let pose = PoseWithCovariance {
        pose: pose("msg.pose.pose", outer.pose)?,
        covariance: NO_COVARIANCE,
    };
    Ok(Odometry {
        header: header(msg.header, reading)?,
        child_frame_id: String::new(),
        pose,
        twist: reading
            .optional
            .read(OptionalField::Twist, msg.twist, twist)
            .flatten(),
    })
}

pub(super) fn pose_stamped(msg: Field<'_>, reading: &mut Reading) -> Result<PoseStamped, Rejection> {
    let msg: Parts<'_> = field::object("msg", msg)?;
    Ok(PoseStamped {
        pose: pose("msg.pose", msg.pose)?,
        header: header(msg.header, reading)?,
    })
}

pub(super) fn pose_with_covariance_stamped(
    msg: Field<'_>,
    reading: &mut Reading,
) -> Result<PoseWithCovarianceStamped, Rejection> {
    let Odometry { header, pose, .. } = odometry(msg, &mut *reading)?;
    Ok(PoseWithCovarianceStamped { header, pose })
}

pub(super) fn battery_state(msg: Field<'_>, reading: &mut Reading) -> Result<BatteryState, Rejection> {
    let msg: Parts<'_> = field::object("msg", msg)?;
    Ok(BatteryState {
        percentage: field::number("msg.percentage", msg.percentage)?,
        header: header(msg.header, reading)?,
        voltage: f64::NAN,
        temperature: f64::NAN,
        current: f64::NAN,
    })
}

fn header(header: Field<'_>, reading: &mut Reading) -> Result<Header, Rejection> {
    let header: Parts<'_> = field::object("msg.header", header)?;
    let stamp: Parts<'_> = field::object("msg.header.stamp", header.stamp)?;
    let frame_id = reading
        .optional
        .read(OptionalField::FrameId, header.frame_id, |frame| {
            field::text("frame_id", frame).ok()
        });
    Ok(Header {
        stamp: Time {
            sec: part_of_stamp("msg.header.stamp.sec", stamp.sec)?,
            nanosec: part_of_stamp("msg.header.stamp.nanosec", stamp.nanosec)?,
        },
        frame_id: frame_id.unwrap_or_default().into_owned(),
    })
}

fn part_of_stamp<T: TryFrom<i64>>(name: &str, field: Field<'_>) -> Result<T, Rejection> {
    T::try_from(field::whole(name, field)?).map_err(|_| invalid(name, "is out of range"))
}

fn pose(place: &str, pose: Field<'_>) -> Result<Pose, Rejection> {
    let number = |part: &str, name: &str, field| field::number(&format!("{place}.{part}.{name}"), field);
    let pose: Parts<'_> = field::object(place, pose)?;
    let position: Parts<'_> = field::object(&format!("{place}.position"), pose.position)?;
    let orientation: Parts<'_> = field::object(&format!("{place}.orientation"), pose.orientation)?;
    Ok(Pose {
        position: Point {
            x: number("position", "x", position.x)?,
            y: number("position", "y", position.y)?,
            z: number("position", "z", position.z)?,
        },
        orientation: Quaternion {
            x: number("orientation", "x", orientation.x)?,
            y: number("orientation", "y", orientation.y)?,
            z: number("orientation", "z", orientation.z)?,
            w: number("orientation", "w", orientation.w)?,
        },
    })
}

/// Reads a twist: `Some(None)` if it is unknown, `None` if it is invalid.
fn twist(outer: Field<'_>) -> Option<Option<TwistWithCovariance>> {
    let outer: Parts<'_> = field::object("twist", outer).ok()?;
    if outer.twist.is_unknown() {
        return Some(None);
    }
    let twist: Parts<'_> = field::object("twist", outer.twist).ok()?;
    if twist.linear.is_unknown() {
        return Some(None);
    }
    let linear: Parts<'_> = field::object("linear", twist.linear).ok()?;
    let mut parts = [0.0; 3];
    for (part, field) in parts.iter_mut().zip([linear.x, linear.y, linear.z]) {
        if field.is_unknown() {
            return Some(None);
        }
        if field.is_there() {
            *part = field::number("linear", field).ok()?;
        }
    }
    let [x, y, z] = parts;
    Some(Some(TwistWithCovariance {
        twist: Twist {
            linear: Vector3 { x, y, z },
            angular: Vector3::default(),
        },
        covariance: NO_COVARIANCE,
    }))
}
