use std::collections::{BTreeSet, HashSet};

use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{
        Collision, Mode, RegisteredVersion, Registration, SortDirection, VehicleFilter, VehiclePlace,
        VehicleRepository, VehicleSort,
    },
    vehicles::{IdHolder, KnownVehicle, Placement, Registrar, must_all_exist, must_be_deleted},
};
use async_trait::async_trait;
use domain::{
    AccessScope, GrantId, GroupId, OrganizationId, SessionId, UserId, VehicleId,
    vehicle::{
        Remains, Vehicle, VehicleChanges, VehicleDraft, VehicleName, VehicleStatus, VehicleType, Version,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    MemoryRegistry,
    state::{State, now},
};

#[async_trait]
impl VehicleRepository for MemoryRegistry {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let state = self.state.read();
        let ids: BTreeSet<_> = ids.iter().copied().collect();
        Ok(ids
            .into_iter()
            .filter_map(|id| state.vehicle(scope, id, None).ok().cloned())
            .collect())
    }

    async fn find_by_id(&self, scope: &AccessScope, id: VehicleId) -> Result<Option<Vehicle>> {
        Ok(self.state.read().vehicle(scope, id, None).ok().cloned())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &VehicleFilter,
        sort: VehicleSort,
        page: &PageRequest<VehiclePlace>,
    ) -> Result<Page<Vehicle>> {
        let state = self.state.read();
        let mut found: Vec<(VehiclePlace, &Vehicle)> = state
            .visible_to(scope)
            .filter(|vehicle| filter.matches(vehicle))
            .map(|vehicle| (sort.place_of(vehicle), vehicle))
            .collect();
        found.sort_by(|(a, _), (b, _)| in_order(sort.direction, a, b));
        let cut = page.cut(
            found.into_iter(),
            |(place, _)| place.clone(),
            |a, b| in_order(sort.direction, a, b),
        );
        Ok(cut.map(|(_, vehicle)| vehicle.clone()))
    }

    async fn count(&self, scope: &AccessScope, filter: &VehicleFilter) -> Result<u64> {
        let state = self.state.read();
        let found = state.visible_to(scope).filter(|vehicle| filter.matches(vehicle));
        Ok(found.count() as u64)
    }

    async fn find_by_type(&self, scope: &AccessScope, kind: VehicleType, limit: u32) -> Result<Vec<Vehicle>> {
        let filter = VehicleFilter {
            kind: Some(kind),
            ..VehicleFilter::default()
        };
        Ok(self.first(scope, &filter, limit))
    }

    async fn find_enabled_vehicles(&self, scope: &AccessScope, limit: u32) -> Result<Vec<Vehicle>> {
        let filter = VehicleFilter {
            enabled: Some(true),
            ..VehicleFilter::default()
        };
        Ok(self.first(scope, &filter, limit))
    }

    async fn create(&self, by: &Actor, organization: OrganizationId, draft: VehicleDraft) -> Result<Vehicle> {
        let mut state = self.state.write();
        state.organization(&by.scope, organization)?;
        if state.is_taken(organization, &draft.name, None) {
            return Err(Error::vehicle_name_is_taken());
        }
        Ok(state.place(by, organization, Placement::New, draft.into()))
    }

    async fn create_all(
        &self,
        by: &Actor,
        organization: OrganizationId,
        registrations: Vec<Registration>,
        mode: Mode,
    ) -> Result<Result<Vec<Vehicle>, Vec<Collision>>> {
        let mut state = self.state.write();
        state.organization(&by.scope, organization)?;
        let placements = match judged(&state, by, organization, &registrations) {
            Ok(placements) => placements,
            Err(collisions) => return Ok(Err(collisions)),
        };
        // A rehearsal works on a copy of the vehicles that is then discarded.
        let mut rehearsal = State::new();
        if mode == Mode::Rehearse {
            rehearsal.vehicles = state.vehicles.clone();
        }
        let stage = match mode {
            Mode::Apply => &mut *state,
            Mode::Rehearse => &mut rehearsal,
        };
        let placed = placements.into_iter().zip(registrations);
        Ok(Ok(placed
            .map(|(placement, registration)| stage.place(by, organization, placement, registration))
            .collect()))
    }

    async fn update(
        &self,
        by: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        changes: VehicleChanges,
    ) -> Result<Vehicle> {
        let mut state = self.state.write();
        let before = state.vehicle(&by.scope, id, expected)?;
        let after = changes.apply(before)?;
        if after == *before {
            return Ok(after);
        }
        if state.is_taken(after.organization_id, &after.name, Some(id)) {
            return Err(Error::vehicle_name_is_taken());
        }
        Ok(state.change(by, after))
    }

    async fn delete(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        let mut state = self.state.write();
        let vehicle = state.vehicle(&by.scope, id, expected)?.clone();
        Ok(state.delete(by, vehicle))
    }

    async fn restore(&self, by: &Actor, id: VehicleId) -> Result<Vehicle> {
        let mut state = self.state.write();
        let found = state.vehicles.get(&id).filter(|vehicle| by.scope.shows(vehicle));
        let vehicle = found.ok_or_else(Error::vehicle_not_found)?;
        must_be_deleted(vehicle)?;
        if state.is_taken(vehicle.organization_id, &vehicle.name, None) {
            return Err(Error::vehicle_name_is_taken());
        }
        let restored = vehicle.clone().restored(now());
        Ok(state.keep_restored(by, restored))
    }

    async fn set_enabled(&self, by: &Actor, ids: &[VehicleId], is_enabled: bool) -> Result<Vec<Vehicle>> {
        let mut state = self.state.write();
        let chosen = state.all_of(&by.scope, ids)?;
        let set = |vehicle: Vehicle| {
            if vehicle.is_enabled == is_enabled {
                vehicle
            } else {
                state.change(
                    by,
                    Vehicle {
                        is_enabled,
                        ..vehicle
                    },
                )
            }
        };
        Ok(chosen.into_iter().map(set).collect())
    }

    async fn delete_all(&self, by: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let mut state = self.state.write();
        let chosen = state.all_of(&by.scope, ids)?;
        Ok(chosen
            .into_iter()
            .map(|vehicle| state.delete(by, vehicle))
            .collect())
    }

    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<OffsetDateTime> {
        let mut state = self.state.write();
        let at = now();
        for (id, status) in statuses {
            let listening = |vehicle: &&mut Vehicle| vehicle.is_enabled && vehicle.deleted_at.is_none();
            if let Some(vehicle) = state.vehicles.get_mut(id).filter(listening)
                && vehicle.status != *status
            {
                vehicle.status = *status;
                vehicle.updated_at = at;
            }
        }
        Ok(at)
    }

    async fn load_all(&self) -> Result<Vec<Vehicle>> {
        Ok(self.state.read().visible_to(&AccessScope::All).cloned().collect())
    }

    async fn versions(&self) -> Result<Vec<RegisteredVersion>> {
        let state = self.state.read();
        Ok(state
            .visible_to(&AccessScope::All)
            .map(RegisteredVersion::from)
            .collect())
    }
}

impl MemoryRegistry {
    fn first(&self, scope: &AccessScope, filter: &VehicleFilter, limit: u32) -> Vec<Vehicle> {
        let state = self.state.read();
        let found = state.visible_to(scope).filter(|vehicle| filter.matches(vehicle));
        found
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .cloned()
            .collect()
    }
}

fn new_id() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

fn in_order(direction: SortDirection, a: &VehiclePlace, b: &VehiclePlace) -> std::cmp::Ordering {
    match direction {
        SortDirection::Ascending => a.cmp(b),
        SortDirection::Descending => b.cmp(a),
    }
}

/// Checks all registrations. Returns a placement for each, or everything that prevents the registration.
fn judged(
    state: &State,
    by: &Actor,
    organization: OrganizationId,
    registrations: &[Registration],
) -> Result<Vec<Placement>, Vec<Collision>> {
    let names = state.names_in(organization);
    let mut registrar = Registrar::new(by, organization);
    for registration in registrations {
        let known = registration.id.and_then(|id| state.holder_of(id));
        registrar.judge(registration, names.contains(&registration.draft.name), known);
    }
    registrar.verdict()
}

impl State {
    /// Returns vehicles in ascending order of their ids, or an error if one does not exist within the scope.
    fn all_of(&self, scope: &AccessScope, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let ids: BTreeSet<_> = ids.iter().copied().collect();
        let found = ids.iter().filter_map(|id| self.vehicle(scope, *id, None).ok());
        let found: Vec<Vehicle> = found.cloned().collect();
        must_all_exist(&ids, &found)?;
        Ok(found)
    }

    fn holder_of(&self, id: VehicleId) -> Option<IdHolder> {
        if let Some(vehicle) = self.vehicles.get(&id) {
            return Some(IdHolder::Vehicle(KnownVehicle {
                organization: vehicle.organization_id,
                kind: vehicle.kind(),
                is_deleted: vehicle.deleted_at.is_some(),
            }));
        }
        let id = *id.as_uuid();
        let is_known = self.organizations.contains_key(&OrganizationId::from_uuid(id))
            || self.groups.contains_key(&GroupId::from_uuid(id))
            || self.users.contains_key(&UserId::from_uuid(id))
            || self.grants.contains_key(&GrantId::from_uuid(id))
            || self.sessions.contains_key(&SessionId::from_uuid(id));
        is_known.then_some(IdHolder::Other)
    }

    fn names_in(&self, organization: OrganizationId) -> HashSet<&VehicleName> {
        self.visible_to(&AccessScope::All)
            .filter(|vehicle| vehicle.organization_id == organization)
            .map(|vehicle| &vehicle.name)
            .collect()
    }

    fn place(
        &mut self,
        by: &Actor,
        organization: OrganizationId,
        placement: Placement,
        registration: Registration,
    ) -> Vehicle {
        let Registration {
            id,
            is_enabled,
            draft,
        } = registration;
        let id = id.unwrap_or_else(new_id);
        match (placement, self.vehicles.get(&id)) {
            (Placement::Restored, Some(deleted)) => {
                let remains = Remains {
                    status: deleted.status,
                    version: deleted.version,
                    created_at: deleted.created_at,
                };
                let restored = draft.registered(id, organization, is_enabled, Some(remains), now());
                self.keep_restored(by, restored)
            }
            _ => self.register(by, id, organization, is_enabled, draft),
        }
    }
}
