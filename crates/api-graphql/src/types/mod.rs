//! The types of the schema, and how they are made of the domain's.

mod connection;
mod create_vehicle;
mod date_time;
mod enums;
mod json;
mod listing;
mod telemetry;
mod vehicle;

pub(crate) use connection::VehicleConnection;
pub(crate) use create_vehicle::CreateVehicleInput;
pub(crate) use date_time::DateTime;
pub(crate) use enums::{GuideType, HoistStatus, VehicleStatus, VehicleType};
pub(crate) use json::{Json, SCALAR_NAME as JSON_SCALAR, carried_as_text as json_carried_as_text, to_value};
pub(crate) use listing::{Pagination, VehicleFilter};
pub(crate) use telemetry::{VehiclePosition, VehiclePositionUpdate, VehicleRuntimeState};
pub(crate) use vehicle::VehicleValue;
