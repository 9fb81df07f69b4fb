//! Use cases about groups of vehicles.

mod add_vehicle;
mod create;
mod delete;
mod get;
mod list;
mod permit;
mod remove_vehicle;
mod rename;

pub use add_vehicle::AddVehicleToGroup;
pub use create::CreateGroup;
pub use delete::DeleteGroup;
pub use get::GetGroups;
pub use list::ListGroups;
pub use remove_vehicle::RemoveVehicleFromGroup;
pub use rename::RenameGroup;
