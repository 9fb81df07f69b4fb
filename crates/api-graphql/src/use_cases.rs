//! What this API needs.

use application::{
    groups::{
        AddVehicleToGroup, CreateGroup, DeleteGroup, GetGroups, ListGroups, RemoveVehicleFromGroup,
        RenameGroup,
    },
    identity::IdentityUseCases,
    live_queries::{
        GetVehiclePosition, GetVehicleRuntimeState, ObserveVehicles, StreamVehiclePositions, WatchRegistry,
        WatchVehicles,
    },
    nodes::GetNodes,
    organizations::{
        CreateOrganization, DeleteOrganization, GetOrganization, ListOrganizations, RenameOrganization,
    },
    vehicles::{
        ChangeVehicleStatus, CreateVehicle, DeleteVehicle, DisableVehicle, EnableVehicle, GetVehicle,
        ListEnabledVehicles, ListVehicles, ListVehiclesByType, RestoreVehicle, UpdateVehicle,
    },
};

/// The use cases that the schema offers.
pub struct UseCases {
    /// Registers a vehicle.
    pub create_vehicle: CreateVehicle,
    /// Changes a vehicle.
    pub update_vehicle: UpdateVehicle,
    /// Sets what a vehicle is doing.
    pub change_vehicle_status: ChangeVehicleStatus,
    /// Opens a vehicle.
    pub enable_vehicle: EnableVehicle,
    /// Closes a vehicle.
    pub disable_vehicle: DisableVehicle,
    /// Deletes a vehicle.
    pub delete_vehicle: DeleteVehicle,
    /// Takes back the deletion of a vehicle.
    pub restore_vehicle: RestoreVehicle,
    /// Shows a vehicle.
    pub get_vehicle: GetVehicle,
    /// Shows a page of vehicles.
    pub list_vehicles: ListVehicles,
    /// Shows the vehicles of a kind.
    pub list_vehicles_by_type: ListVehiclesByType,
    /// Shows the enabled vehicles.
    pub list_enabled_vehicles: ListEnabledVehicles,
    /// Makes a group.
    pub create_group: CreateGroup,
    /// Renames a group.
    pub rename_group: RenameGroup,
    /// Deletes a group.
    pub delete_group: DeleteGroup,
    /// Puts a vehicle into a group.
    pub add_vehicle_to_group: AddVehicleToGroup,
    /// Takes a vehicle out of a group.
    pub remove_vehicle_from_group: RemoveVehicleFromGroup,
    /// Shows groups.
    pub get_groups: GetGroups,
    /// Shows a page of groups.
    pub list_groups: ListGroups,
    /// Makes an organisation.
    pub create_organization: CreateOrganization,
    /// Renames an organisation.
    pub rename_organization: RenameOrganization,
    /// Deletes an organisation.
    pub delete_organization: DeleteOrganization,
    /// Shows an organisation.
    pub get_organization: GetOrganization,
    /// Shows a page of organisations.
    pub list_organizations: ListOrganizations,
    /// Shows things of any kind by their ids.
    pub get_nodes: GetNodes,
    /// All about who may come in, who may see what, and who did what.
    pub identity: IdentityUseCases,
    /// Tells where a vehicle is.
    pub get_vehicle_position: GetVehiclePosition,
    /// Tells how a vehicle is.
    pub get_vehicle_runtime_state: GetVehicleRuntimeState,
    /// Tells where several vehicles are, and how.
    pub observe_vehicles: ObserveVehicles,
    /// Tells where vehicles are from now on.
    pub stream_vehicle_positions: StreamVehiclePositions,
    /// Tells what happens in the registry from now on.
    pub watch_registry: WatchRegistry,
    /// Tells what happens to vehicles from now on.
    pub watch_vehicles: WatchVehicles,
}
