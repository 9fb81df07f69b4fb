//! Use cases about the registry of vehicles.
//!
//! The registry is the truth: a change is stored there first, then it is made in force in this server's
//! live core, and then the live keys follow as well as they can.

mod all_at_once;
mod change_status;
mod create;
mod delete;
mod disable;
mod enable;
mod export;
mod get;
mod import;
mod key_follow;
mod list;
mod list_by_type;
mod list_enabled;
mod permit;
mod registering;
mod restore;
mod seen;
mod several;
mod update;

pub use change_status::ChangeVehicleStatus;
pub use create::{CreateVehicle, NewVehicle};
pub use delete::DeleteVehicle;
pub use disable::DisableVehicle;
pub use enable::EnableVehicle;
pub use export::ExportVehicles;
pub use get::GetVehicle;
pub use import::{
    FileFaults, IMPORT_AGAIN_AFTER, Import, ImportFailure, ImportVehicles, ImportedFile, ImportedVehicle,
    LineFault,
};
pub use list::{ListVehicles, VehicleQuery};
pub use list_by_type::ListVehiclesByType;
pub use list_enabled::ListEnabledVehicles;
pub use registering::{KnownVehicle, Placement, Registrar};
pub use restore::RestoreVehicle;
pub use several::MAX_AT_ONCE;
pub use update::UpdateVehicle;
