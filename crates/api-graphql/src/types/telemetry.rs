//! Positions and states of vehicles.

use domain::telemetry;
use juniper::GraphQLObject;

use super::DateTime;

/// Rotation as a unit quaternion.
#[derive(Clone, Debug, GraphQLObject)]
pub struct Quaternion {
    /// First imaginary component.
    x: f64,
    /// Second imaginary component.
    y: f64,
    /// Third imaginary component.
    z: f64,
    /// Real component.
    w: f64,
}

/// Position and orientation of a vehicle at one point in time.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehiclePosition {
    /// Coordinate along the map's x axis, in metres.
    x: f64,
    /// Coordinate along the map's y axis, in metres.
    y: f64,
    /// Coordinate along the z axis, which points upwards, in metres.
    z: f64,
    /// Heading in degrees, counter-clockwise from the x axis, from 0 (inclusive) to 360 (exclusive).
    heading: f64,
    /// Orientation of the vehicle.
    rotation: Option<Quaternion>,
    /// Time of the measurement by the robot's clock, or the time of arrival if the robot reports none.
    timestamp: DateTime,
    /// Map that the vehicle is on; null if the robot does not report a valid one.
    map_id: Option<String>,
}

impl From<telemetry::VehiclePosition> for VehiclePosition {
    fn from(position: telemetry::VehiclePosition) -> Self {
        let rotation = position.rotation;
        Self {
            x: position.x,
            y: position.y,
            z: position.z,
            heading: position.heading(),
            rotation: Some(Quaternion {
                x: rotation.x(),
                y: rotation.y(),
                z: rotation.z(),
                w: rotation.w(),
            }),
            timestamp: position.timestamp.into(),
            map_id: position.map_id.map(|id| id.to_string()),
        }
    }
}

/// State of a vehicle at one point in time.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleRuntimeState {
    /// Speed in m/s, at least 0.
    current_speed: f64,
    /// Battery charge in percent, from 0 to 100.
    battery_level: f64,
    /// Load in kg, at least 0; null if the robot does not report a valid one.
    current_load: Option<f64>,
    /// Temperature in °C; null if the robot does not report a valid one.
    temperature: Option<f64>,
    /// Error codes that the robot reported, each once.
    error_codes: Option<Vec<String>>,
    /// Time of the measurement by the robot's clock, or the time of arrival if the robot reports none.
    last_update_time: DateTime,
}

impl From<telemetry::VehicleRuntimeState> for VehicleRuntimeState {
    fn from(state: telemetry::VehicleRuntimeState) -> Self {
        Self {
            current_speed: state.current_speed(),
            battery_level: state.battery_level().get(),
            current_load: state.current_load(),
            temperature: state.temperature(),
            error_codes: Some(state.error_codes().iter().map(ToString::to_string).collect()),
            last_update_time: state.last_update_time.into(),
        }
    }
}
