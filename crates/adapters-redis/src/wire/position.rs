//! Channel `vehicle:position:update`.

use application::telemetry::{Content, Reason, Rejection, Report};
use domain::telemetry::{FrameId, InvalidRotation, MapId, Rotation, VehiclePosition};
use serde::Deserialize;

use super::{
    field::{self, Field, invalid, not_finite},
    ros,
};

/// A plain position, or one in a ROS 2 message.
#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, rename = "vehicleId")]
    vehicle_id: Field<'a>,
    x: Field<'a>,
    y: Field<'a>,
    z: Field<'a>,
    qx: Field<'a>,
    qy: Field<'a>,
    qz: Field<'a>,
    qw: Field<'a>,
    roll: Field<'a>,
    pitch: Field<'a>,
    yaw: Field<'a>,
    heading: Field<'a>,
    timestamp: Field<'a>,
    frame_id: Field<'a>,
    map_id: Field<'a>,
    traceparent: Field<'a>,
    #[serde(rename = "type")]
    kind: Field<'a>,
    msg: Field<'a>,
}

impl Message<'_> {
    pub(super) fn into_report(self) -> Result<Report, Rejection> {
        let vehicle_id = field::vehicle_id(self.vehicle_id)?;
        let content = if ros::is_meant(self.kind, self.msg, self.x) {
            let map_id = field::optional_name("map_id", self.map_id, MapId::new)?;
            ros::position(self.kind, self.msg, map_id)?
        } else {
            Content::Position {
                position: self.position()?,
                speed: None,
            }
        };
        Ok(Report {
            vehicle_id,
            content,
            trace_parent: field::trace_parent(self.traceparent),
        })
    }

    fn position(&self) -> Result<VehiclePosition, Rejection> {
        Ok(VehiclePosition {
            x: field::number("x", self.x)?,
            y: field::number("y", self.y)?,
            z: field::number("z", self.z)?,
            rotation: self.rotation()?,
            timestamp: field::timestamp("timestamp", self.timestamp)?,
            frame_id: field::optional_name("frame_id", self.frame_id, FrameId::new)?,
            map_id: field::optional_name("map_id", self.map_id, MapId::new)?,
        })
    }

    /// The quaternion counts before the angles, and these before the heading.
    fn rotation(&self) -> Result<Rotation, Rejection> {
        if [self.qx, self.qy, self.qz, self.qw].iter().any(Option::is_some) {
            let x = field::number("qx", self.qx)?;
            let y = field::number("qy", self.qy)?;
            let z = field::number("qz", self.qz)?;
            let w = field::number("qw", self.qw)?;
            Rotation::from_quaternion(x, y, z, w).map_err(|fault| wrong_rotation("qx qy qz qw", fault))
        } else if [self.roll, self.pitch, self.yaw].iter().any(Option::is_some) {
            // On level ground the yaw says it all.
            let roll = field::optional_number("roll", self.roll)?.unwrap_or(0.0);
            let pitch = field::optional_number("pitch", self.pitch)?.unwrap_or(0.0);
            let yaw = field::number("yaw", self.yaw)?;
            Rotation::from_euler(roll, pitch, yaw).map_err(|fault| wrong_rotation("roll pitch yaw", fault))
        } else if self.heading.is_some() {
            let degrees = field::number("heading", self.heading)?;
            Rotation::from_heading(degrees).map_err(|fault| wrong_rotation("heading", fault))
        } else {
            Err(invalid(
                "orientation",
                "is missing: qx qy qz qw, or roll pitch yaw, or heading",
            ))
        }
    }
}

pub(super) fn wrong_rotation(name: &str, fault: InvalidRotation) -> Rejection {
    match fault {
        InvalidRotation::NotFinite => not_finite(name),
        InvalidRotation::NotUnit(_) => {
            Rejection::new(Reason::InvalidRotation, format_args!("{name} {fault}"))
        }
    }
}
