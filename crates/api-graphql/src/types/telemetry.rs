//! Where a vehicle is, and how.

use domain::telemetry;
use juniper::GraphQLObject;

use super::DateTime;

/// A rotation as a unit quaternion.
#[derive(Clone, Debug, GraphQLObject)]
pub struct Quaternion {
    /// The first imaginary part.
    x: f64,
    /// The second imaginary part.
    y: f64,
    /// The third imaginary part.
    z: f64,
    /// The real part.
    w: f64,
}

/// Where a vehicle was at one moment.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehiclePosition {
    /// Metres along the map's x axis.
    x: f64,
    /// Metres along the map's y axis.
    y: f64,
    /// Metres up.
    z: f64,
    /// Degrees counter-clockwise from the x axis, at least 0 and below 360.
    heading: f64,
    /// Which way the vehicle faces.
    rotation: Option<Quaternion>,
    /// When, by the robot's own clock.
    timestamp: DateTime,
    /// The map that the position is on.
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

/// How a vehicle was at one moment.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleRuntimeState {
    /// m/s, at least 0.
    current_speed: f64,
    /// The battery's charge in %, 0 to 100.
    battery_level: f64,
    /// kg, at least 0.
    current_load: Option<f64>,
    /// °C.
    temperature: Option<f64>,
    /// The faults that the robot reports.
    error_codes: Option<Vec<String>>,
    /// When, by the robot's own clock.
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
