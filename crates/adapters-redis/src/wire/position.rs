//! Decoding of the objects on the channel `vehicle:position:update`.

use application::telemetry::{Content, OptionalField, Rejection};
use domain::telemetry::{FrameId, MapId, Rotation, VehiclePosition};
use serde::Deserialize;

use super::{
    field::{self, Field, Optional, invalid, wrong_rotation},
    object::{Object, Reading},
    ros,
};

/// Plain position, or one in a ROS 2 message.
#[derive(Default, Deserialize)]
#[serde(default)]
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

impl<'a> Object<'a> for Message<'a> {
    fn vehicle_id(&self) -> Field<'a> {
        self.vehicle_id
    }

    fn traceparent(&self) -> Field<'a> {
        self.traceparent
    }

    fn content(&self, reading: &mut Reading) -> Result<Content, Rejection> {
        if ros::is_meant(self.kind, self.msg, self.x) {
            let map_id = reading
                .optional
                .name(OptionalField::MapId, self.map_id, MapId::new);
            return ros::position(self.kind, self.msg, map_id, reading);
        }
        Ok(Content::Position {
            position: self.position(reading)?,
            speed: None,
        })
    }
}

impl Message<'_> {
    fn position(&self, reading: &mut Reading) -> Result<VehiclePosition, Rejection> {
        Ok(VehiclePosition {
            x: field::number("x", self.x)?,
            y: field::number("y", self.y)?,
            z: field::number("z", self.z)?,
            rotation: self.rotation(&mut reading.optional)?,
            timestamp: {
                let given = field::timestamp("timestamp", self.timestamp)?;
                reading.time(given)
            },
            frame_id: reading
                .optional
                .name(OptionalField::FrameId, self.frame_id, FrameId::named)
                .flatten(),
            map_id: reading
                .optional
                .name(OptionalField::MapId, self.map_id, MapId::new),
        })
    }

    /// Reads the rotation: the quaternion takes precedence over the angles, and the angles over the heading. If none of
    /// them is complete, the error is that of the first one present.
    fn rotation(&self, optional: &mut Optional) -> Result<Rotation, Rejection> {
        let quaternion = [
            ("qx", OptionalField::Qx, self.qx),
            ("qy", OptionalField::Qy, self.qy),
            ("qz", OptionalField::Qz, self.qz),
            ("qw", OptionalField::Qw, self.qw),
        ];
        let mut fault = None;
        let mut impossible = Optional::default();
        if quaternion.iter().any(|(_, _, part)| part.is_there()) {
            let mut parts = [0.0; 4];
            for (part, (name, optional, field)) in parts.iter_mut().zip(quaternion) {
                match field::number(name, field) {
                    Ok(number) => *part = number,
                    Err(of_part) => {
                        if field.is_known() {
                            impossible.drop(optional);
                        }
                        fault.get_or_insert(of_part);
                    }
                }
            }
            if fault.is_none() {
                let [x, y, z, w] = parts;
                return Rotation::from_quaternion(x, y, z, w)
                    .map_err(|fault| wrong_rotation("qx qy qz qw", fault));
            }
        }
        if [self.roll, self.pitch, self.yaw].iter().any(Field::is_there) {
            match field::number("yaw", self.yaw) {
                Ok(yaw) => {
                    optional.dropped.extend(impossible.dropped);
                    // A missing roll or pitch is 0: on level ground, the yaw is enough.
                    let roll = optional.number(OptionalField::Roll, self.roll).unwrap_or(0.0);
                    let pitch = optional.number(OptionalField::Pitch, self.pitch).unwrap_or(0.0);
                    return Rotation::from_euler(roll, pitch, yaw)
                        .map_err(|fault| wrong_rotation("roll pitch yaw", fault));
                }
                Err(of_yaw) => {
                    if self.yaw.is_known() {
                        impossible.drop(OptionalField::Yaw);
                    }
                    fault.get_or_insert(of_yaw);
                }
            }
        }
        if self.heading.is_there() {
            match field::number("heading", self.heading) {
                Ok(degrees) => {
                    optional.dropped.extend(impossible.dropped);
                    return Rotation::from_heading(degrees).map_err(|fault| wrong_rotation("heading", fault));
                }
                Err(of_heading) => {
                    fault.get_or_insert(of_heading);
                }
            }
        }
        Err(fault.unwrap_or_else(|| {
            invalid(
                "orientation",
                "is missing: expected qx qy qz qw, roll pitch yaw or heading",
            )
        }))
    }
}
