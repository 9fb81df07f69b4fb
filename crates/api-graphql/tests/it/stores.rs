//! What a server is built on: by default all in memory.

use std::{sync::Arc, time::Duration};

use adapters_memory::{live_keys::MemoryLiveStore, registry::MemoryRegistry};
use api_graphql::UseCases;
use application::{
    groups::{
        AddVehicleToGroup, CreateGroup, DeleteGroup, GetGroups, ListGroups, RemoveVehicleFromGroup,
        RenameGroup,
    },
    live::Live,
    live_queries::{
        GetVehiclePosition, GetVehicleRuntimeState, ObserveVehicles, StreamVehiclePositions, WatchRegistry,
        WatchVehicles,
    },
    nodes::GetNodes,
    organizations::{
        CreateOrganization, DeleteOrganization, GetOrganization, ListOrganizations, RenameOrganization,
    },
    ports::{
        Clock, EventLog, GroupRepository, LiveKeys, OrganizationRepository, PositionStore, StateStore,
        VehicleRepository,
    },
    vehicles::{
        ChangeVehicleStatus, CreateVehicle, DeleteVehicle, DisableVehicle, EnableVehicle, GetVehicle,
        ListEnabledVehicles, ListVehicles, ListVehiclesByType, RestoreVehicle, UpdateVehicle,
    },
};
use domain::telemetry::FreshnessRules;
use test_application::staff::Staff;

#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) vehicles: Arc<dyn VehicleRepository>,
    pub(crate) groups: Arc<dyn GroupRepository>,
    pub(crate) organizations: Arc<dyn OrganizationRepository>,
    pub(crate) log: Arc<dyn EventLog>,
    /// Where the staff is.
    pub(crate) registry: Arc<MemoryRegistry>,
    pub(crate) staff: Arc<Staff>,
    pub(crate) keys: Arc<dyn LiveKeys>,
    pub(crate) positions: Arc<dyn PositionStore>,
    pub(crate) states: Arc<dyn StateStore>,
}

impl Default for Stores {
    fn default() -> Self {
        let (registry, live) = (
            Arc::new(MemoryRegistry::new()),
            Arc::new(MemoryLiveStore::default()),
        );
        Self {
            vehicles: registry.clone(),
            groups: registry.clone(),
            organizations: registry.clone(),
            staff: Arc::new(Staff::of(registry.clone())),
            registry: registry.clone(),
            log: registry,
            keys: live.clone(),
            positions: live.clone(),
            states: live,
        }
    }
}

impl Stores {
    pub(crate) fn use_cases(
        &self,
        live: &Arc<Live>,
        clock: Arc<dyn Clock>,
        freshness: FreshnessRules,
    ) -> UseCases {
        let (vehicles, groups) = (|| Arc::clone(&self.vehicles), || Arc::clone(&self.groups));
        let (organizations, keys) = (|| Arc::clone(&self.organizations), || Arc::clone(&self.keys));
        let (positions, states) = (Arc::clone(&self.positions), Arc::clone(&self.states));
        let live = || Arc::clone(live);
        UseCases {
            create_vehicle: CreateVehicle::new(vehicles(), live()),
            update_vehicle: UpdateVehicle::new(vehicles(), live()),
            change_vehicle_status: ChangeVehicleStatus::new(vehicles(), live()),
            enable_vehicle: EnableVehicle::new(vehicles(), live(), keys()),
            disable_vehicle: DisableVehicle::new(vehicles(), live(), keys()),
            delete_vehicle: DeleteVehicle::new(vehicles(), live(), keys()),
            restore_vehicle: RestoreVehicle::new(vehicles(), live()),
            get_vehicle: GetVehicle::new(vehicles()),
            list_vehicles: ListVehicles::new(vehicles()),
            list_vehicles_by_type: ListVehiclesByType::new(vehicles()),
            list_enabled_vehicles: ListEnabledVehicles::new(vehicles()),
            create_group: CreateGroup::new(groups()),
            rename_group: RenameGroup::new(groups()),
            delete_group: DeleteGroup::new(groups(), live()),
            add_vehicle_to_group: AddVehicleToGroup::new(groups(), live()),
            remove_vehicle_from_group: RemoveVehicleFromGroup::new(groups(), live()),
            get_groups: GetGroups::new(groups()),
            list_groups: ListGroups::new(groups()),
            create_organization: CreateOrganization::new(organizations()),
            rename_organization: RenameOrganization::new(organizations()),
            delete_organization: DeleteOrganization::new(organizations()),
            get_organization: GetOrganization::new(organizations()),
            list_organizations: ListOrganizations::new(organizations()),
            get_vehicle_position: GetVehiclePosition::new(vehicles(), live(), positions),
            get_vehicle_runtime_state: GetVehicleRuntimeState::new(vehicles(), live(), states),
            observe_vehicles: ObserveVehicles::new(live(), keys(), clock, freshness),
            stream_vehicle_positions: StreamVehiclePositions::new(vehicles(), live(), Duration::ZERO),
            watch_registry: WatchRegistry::new(vehicles(), live()),
            watch_vehicles: WatchVehicles::new(vehicles(), live()),
            get_nodes: GetNodes {
                vehicles: vehicles(),
                groups: groups(),
                organizations: organizations(),
                users: self.registry.clone(),
                grants: self.registry.clone(),
            },
            identity: self.staff.use_cases(&live()),
        }
    }
}
