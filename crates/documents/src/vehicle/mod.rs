//! Vehicles.

mod details;
mod read;
mod write;

pub use read::{new_vehicle, registration, vehicle_changes};
pub use write::{SpecificationDocument, VehicleDocument};
