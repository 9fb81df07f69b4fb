//! The use cases, made of what the configuration chose, for each API.

use std::{sync::Arc, time::Duration};

use application::{
    groups::{
        AddVehicleToGroup, CreateGroup, DeleteGroup, GetGroups, ListGroups, RemoveVehicleFromGroup,
        RenameGroup,
    },
    identity::{IdentityParts, IdentityUseCases},
    live::Live,
    live_queries::{
        GetVehiclePosition, GetVehicleRuntimeState, NearVehicles, ObserveVehicles, StreamVehiclePositions,
        SurveyVehicles, WatchRegistry, WatchVehicles,
    },
    nodes::GetNodes,
    organizations::{
        CreateOrganization, DeleteOrganization, GetOrganization, ListOrganizations, RenameOrganization,
    },
    ports::{GroupRepository, LiveKeys, OrganizationRepository, VehicleRepository},
    vehicles::{
        ChangeVehicleStatus, CreateVehicle, DeleteVehicle, DisableVehicle, EnableVehicle, ExportVehicles,
        GetVehicle, ImportVehicles, ListEnabledVehicles, ListVehicles, ListVehiclesByType, RestoreVehicle,
        UpdateVehicle,
    },
};
use domain::telemetry::FreshnessRules;

use super::identity::Identity;
use crate::{config::Config, stores::Stores};

/// What use cases are made of.
pub(super) struct UseCases<'a> {
    stores: &'a Stores,
    live: &'a Arc<Live>,
    identity: &'a Identity,
    freshness: FreshnessRules,
    interval: Duration,
}

impl<'a> UseCases<'a> {
    pub(super) fn of(
        config: &Config,
        stores: &'a Stores,
        live: &'a Arc<Live>,
        identity: &'a Identity,
    ) -> Self {
        Self {
            stores,
            live,
            identity,
            freshness: config.live.freshness,
            interval: config.live.interval,
        }
    }

    /// Those that GraphQL offers.
    pub(super) fn graphql(&self) -> api_graphql::UseCases {
        let (vehicles, groups, organizations) =
            (|| self.vehicles(), || self.groups(), || self.organizations());
        let (live, keys) = (|| self.live(), || self.keys());
        api_graphql::UseCases {
            create_vehicle: CreateVehicle::new(vehicles(), live()),
            update_vehicle: UpdateVehicle::new(vehicles(), live()),
            delete_vehicle: DeleteVehicle::new(vehicles(), live(), keys()),
            restore_vehicle: RestoreVehicle::new(vehicles(), live()),
            enable_vehicle: EnableVehicle::new(vehicles(), live(), keys()),
            disable_vehicle: DisableVehicle::new(vehicles(), live(), keys()),
            change_vehicle_status: ChangeVehicleStatus::new(vehicles(), live()),
            get_vehicle: GetVehicle::new(vehicles()),
            list_vehicles: ListVehicles::new(vehicles()),
            list_vehicles_by_type: ListVehiclesByType::new(vehicles()),
            list_enabled_vehicles: ListEnabledVehicles::new(vehicles()),
            get_vehicle_position: self.get_vehicle_position(),
            get_vehicle_runtime_state: self.get_vehicle_runtime_state(),
            observe_vehicles: self.observe_vehicles(),
            stream_vehicle_positions: StreamVehiclePositions::new(vehicles(), live(), self.interval),
            watch_registry: WatchRegistry::new(vehicles(), live()),
            watch_vehicles: WatchVehicles::new(vehicles(), live()),
            get_nodes: GetNodes {
                vehicles: vehicles(),
                groups: groups(),
                organizations: organizations(),
                users: Arc::clone(&self.stores.users),
                grants: Arc::clone(&self.stores.grants),
            },
            create_group: CreateGroup::new(groups()),
            rename_group: RenameGroup::new(groups()),
            delete_group: DeleteGroup::new(groups(), live()),
            get_groups: GetGroups::new(groups()),
            list_groups: ListGroups::new(groups()),
            add_vehicle_to_group: AddVehicleToGroup::new(groups(), live()),
            remove_vehicle_from_group: RemoveVehicleFromGroup::new(groups(), live()),
            create_organization: CreateOrganization::new(organizations()),
            rename_organization: RenameOrganization::new(organizations()),
            delete_organization: DeleteOrganization::new(organizations()),
            get_organization: GetOrganization::new(organizations()),
            list_organizations: ListOrganizations::new(organizations()),
            identity: self.identity(),
        }
    }

    /// Those that REST offers.
    pub(super) fn rest(&self) -> api_rest::UseCases {
        let (vehicles, groups, organizations) =
            (|| self.vehicles(), || self.groups(), || self.organizations());
        let (live, keys) = (|| self.live(), || self.keys());
        let observe = Arc::new(self.observe_vehicles());
        api_rest::UseCases {
            create_vehicle: CreateVehicle::new(vehicles(), live()),
            update_vehicle: UpdateVehicle::new(vehicles(), live()),
            delete_vehicle: DeleteVehicle::new(vehicles(), live(), keys()),
            restore_vehicle: RestoreVehicle::new(vehicles(), live()),
            enable_vehicle: EnableVehicle::new(vehicles(), live(), keys()),
            disable_vehicle: DisableVehicle::new(vehicles(), live(), keys()),
            change_vehicle_status: ChangeVehicleStatus::new(vehicles(), live()),
            get_vehicle: GetVehicle::new(vehicles()),
            list_vehicles: ListVehicles::new(vehicles()),
            import_vehicles: ImportVehicles::new(vehicles(), live()),
            export_vehicles: ExportVehicles::new(vehicles()),
            get_vehicle_position: self.get_vehicle_position(),
            get_vehicle_runtime_state: self.get_vehicle_runtime_state(),
            observe_vehicles: Arc::clone(&observe),
            near_vehicles: NearVehicles::new(vehicles(), live()),
            survey_vehicles: SurveyVehicles::new(vehicles(), live(), observe, Arc::clone(&self.stores.clock)),
            create_group: CreateGroup::new(groups()),
            rename_group: RenameGroup::new(groups()),
            delete_group: DeleteGroup::new(groups(), live()),
            get_groups: GetGroups::new(groups()),
            list_groups: ListGroups::new(groups()),
            add_vehicle_to_group: AddVehicleToGroup::new(groups(), live()),
            remove_vehicle_from_group: RemoveVehicleFromGroup::new(groups(), live()),
            create_organization: CreateOrganization::new(organizations()),
            rename_organization: RenameOrganization::new(organizations()),
            delete_organization: DeleteOrganization::new(organizations()),
            get_organization: GetOrganization::new(organizations()),
            list_organizations: ListOrganizations::new(organizations()),
            identity: self.identity(),
        }
    }

    fn get_vehicle_position(&self) -> GetVehiclePosition {
        GetVehiclePosition::new(self.vehicles(), self.live(), Arc::clone(&self.stores.positions))
    }

    fn get_vehicle_runtime_state(&self) -> GetVehicleRuntimeState {
        GetVehicleRuntimeState::new(self.vehicles(), self.live(), Arc::clone(&self.stores.states))
    }

    fn observe_vehicles(&self) -> ObserveVehicles {
        let clock = Arc::clone(&self.stores.clock);
        ObserveVehicles::new(self.live(), self.keys(), clock, self.freshness)
    }

    fn identity(&self) -> IdentityUseCases {
        let (stores, identity) = (self.stores, self.identity);
        IdentityUseCases::of(IdentityParts {
            users: Arc::clone(&stores.users),
            grants: Arc::clone(&stores.grants),
            sessions: Arc::clone(&stores.sessions),
            audit: Arc::clone(&stores.audit),
            hasher: Arc::clone(&identity.hasher),
            limiter: Arc::clone(&stores.limiter),
            identities: Arc::clone(&identity.identities),
            live: self.live(),
            issue: identity.issue.clone(),
            limits: identity.limits,
            passwords: identity.passwords,
            seal: identity.seal.clone(),
        })
    }

    fn vehicles(&self) -> Arc<dyn VehicleRepository> {
        Arc::clone(&self.stores.vehicles)
    }

    fn groups(&self) -> Arc<dyn GroupRepository> {
        Arc::clone(&self.stores.groups)
    }

    fn organizations(&self) -> Arc<dyn OrganizationRepository> {
        Arc::clone(&self.stores.organizations)
    }

    fn keys(&self) -> Arc<dyn LiveKeys> {
        Arc::clone(&self.stores.keys)
    }

    fn live(&self) -> Arc<Live> {
        Arc::clone(self.live)
    }
}
