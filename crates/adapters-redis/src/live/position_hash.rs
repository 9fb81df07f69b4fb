//! Conversion between a position and its hash.

use domain::telemetry::{FrameId, MapId, Rotation, VehiclePosition};

use super::hash::{BrokenField, Fields};

pub(crate) const FIELDS: [&str; 11] = [
    "x",
    "y",
    "z",
    "qx",
    "qy",
    "qz",
    "qw",
    "heading",
    "timestamp",
    "frame_id",
    "map_id",
];

/// Returns the text of every field, which is empty for a field to delete. Numbers are read back exactly.
pub(crate) fn write(position: &VehiclePosition) -> [String; 11] {
    let VehiclePosition {
        x,
        y,
        z,
        rotation,
        timestamp,
        frame_id,
        map_id,
    } = position;
    [
        x.to_string(),
        y.to_string(),
        z.to_string(),
        rotation.x().to_string(),
        rotation.y().to_string(),
        rotation.z().to_string(),
        rotation.w().to_string(),
        rotation.heading().to_string(),
        timestamp.to_string(),
        frame_id.as_ref().map(FrameId::to_string).unwrap_or_default(),
        map_id.as_ref().map(MapId::to_string).unwrap_or_default(),
    ]
}

/// Parses a hash. The heading is only used if the quaternion is incomplete.
pub(crate) fn read(fields: &Fields<11>) -> Result<VehiclePosition, BrokenField> {
    Ok(VehiclePosition {
        x: fields.number("x")?,
        y: fields.number("y")?,
        z: fields.number("z")?,
        rotation: rotation(fields)?,
        timestamp: fields.timestamp("timestamp")?,
        frame_id: fields
            .possible("frame_id", |text| FrameId::named(text).ok())
            .flatten(),
        map_id: fields.possible("map_id", |text| MapId::new(text).ok()),
    })
}

fn rotation(fields: &Fields<11>) -> Result<Rotation, BrokenField> {
    let mut parts = [0.0; 4];
    for (part, name) in parts.iter_mut().zip(["qx", "qy", "qz", "qw"]) {
        match (fields.number(name), fields.number("heading")) {
            (Ok(number), _) => *part = number,
            (Err(_), Ok(degrees)) => {
                return Rotation::from_heading(degrees).map_err(|fault| BrokenField::new("heading", fault));
            }
            (Err(fault), Err(_)) => return Err(fault),
        }
    }
    let [x, y, z, w] = parts;
    Rotation::from_quaternion(x, y, z, w).map_err(|fault| BrokenField::new("qx qy qz qw", fault))
}
