//! Use cases about the registry of vehicles.
//!
//! The registry is the truth: a change is stored there first, then it is made in force in this server's
//! live core, and then the live keys follow as well as they can.

mod create;
mod delete;
mod disable;
mod enable;
mod get;
mod key_follow;
mod list;
mod list_by_type;
mod list_enabled;

pub use create::CreateVehicle;
pub use delete::DeleteVehicle;
pub use disable::DisableVehicle;
pub use enable::EnableVehicle;
pub use get::GetVehicle;
pub use list::{ListVehicles, VehicleQuery};
pub use list_by_type::ListVehiclesByType;
pub use list_enabled::ListEnabledVehicles;
