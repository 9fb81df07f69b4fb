//! The registry of vehicles.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Bound,
};

use application::{
    Error, Result,
    paging::{Page, PageRequest},
    ports::{VehicleFilter, VehicleRepository},
};
use async_trait::async_trait;
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleName, VehicleStatus, VehicleType, Version},
};
use parking_lot::RwLock;
use time::OffsetDateTime;
use uuid::Uuid;

/// The vehicles of this process. It begins with the default organisation and no vehicle.
#[derive(Debug)]
pub struct MemoryVehicleRepository {
    registry: RwLock<Registry>,
}

#[derive(Debug)]
struct Registry {
    organizations: HashSet<OrganizationId>,
    /// The deleted ones included. The ids are in the order of registration.
    vehicles: BTreeMap<VehicleId, Vehicle>,
}

impl MemoryVehicleRepository {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        let organizations = HashSet::from([OrganizationId::DEFAULT]);
        Self {
            registry: RwLock::new(Registry {
                organizations,
                vehicles: BTreeMap::new(),
            }),
        }
    }

    /// Lets vehicles of another organisation be registered.
    pub fn add_organization(&self, id: OrganizationId) {
        self.registry.write().organizations.insert(id);
    }
}

impl Default for MemoryVehicleRepository {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    fn visible_to<'a>(&'a self, scope: &'a AccessScope) -> impl Iterator<Item = &'a Vehicle> {
        self.vehicles
            .values()
            .filter(|vehicle| exists_for(vehicle, scope))
    }

    fn find(&self, scope: &AccessScope, id: VehicleId, expected: Option<Version>) -> Result<&Vehicle> {
        let found = self
            .vehicles
            .get(&id)
            .filter(|vehicle| exists_for(vehicle, scope));
        match found.ok_or_else(Error::vehicle_not_found)? {
            vehicle if expected.is_some_and(|version| version != vehicle.version) => {
                Err(Error::VersionMismatch)
            }
            vehicle => Ok(vehicle),
        }
    }

    /// Refuses a name that a vehicle other than `owner` has in that organisation.
    fn must_be_free(&self, organization: OrganizationId, name: &VehicleName, owner: VehicleId) -> Result<()> {
        let is_taken = self.visible_to(&AccessScope::All).any(|vehicle| {
            vehicle.organization_id == organization && vehicle.name == *name && vehicle.id != owner
        });
        if is_taken {
            let message = "another vehicle of the organization has this name".to_owned();
            return Err(Error::Conflict {
                field: "name",
                message,
            });
        }
        Ok(())
    }

    fn put(&mut self, vehicle: Vehicle) -> Vehicle {
        self.vehicles.insert(vehicle.id, vehicle.clone());
        vehicle
    }
}

fn exists_for(vehicle: &Vehicle, scope: &AccessScope) -> bool {
    vehicle.deleted_at.is_none() && scope.covers(vehicle.organization_id, vehicle.id)
}

fn matches(vehicle: &Vehicle, filter: &VehicleFilter) -> bool {
    let VehicleFilter {
        kind,
        status,
        enabled,
    } = *filter;
    kind.is_none_or(|kind| kind == vehicle.kind())
        && status.is_none_or(|status| status == vehicle.status)
        && enabled.is_none_or(|enabled| enabled == vehicle.is_enabled)
}

/// The calendar's time in whole microseconds, as a database keeps it.
fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond())
        .expect("the microsecond is its own")
}

#[async_trait]
impl VehicleRepository for MemoryVehicleRepository {
    async fn find_by_id(&self, scope: &AccessScope, id: VehicleId) -> Result<Option<Vehicle>> {
        Ok(self.registry.read().find(scope, id, None).ok().cloned())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &VehicleFilter,
        page: &PageRequest<VehicleId>,
    ) -> Result<Page<Vehicle>> {
        let registry = self.registry.read();
        let first = usize::try_from(page.first).unwrap_or(usize::MAX);
        let is_wanted = |vehicle: &&Vehicle| exists_for(vehicle, scope) && matches(vehicle, filter);
        let start = page.after.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = registry
            .vehicles
            .range((start, Bound::Unbounded))
            .map(|(_, vehicle)| vehicle);
        let mut rest = rest.filter(is_wanted);
        Ok(Page {
            items: rest.by_ref().take(first).cloned().collect(),
            has_next: rest.next().is_some(),
            total_count: registry.vehicles.values().filter(is_wanted).count() as u64,
        })
    }

    async fn find_by_type(&self, scope: &AccessScope, kind: VehicleType) -> Result<Vec<Vehicle>> {
        let registry = self.registry.read();
        Ok(registry
            .visible_to(scope)
            .filter(|vehicle| vehicle.kind() == kind)
            .cloned()
            .collect())
    }

    async fn find_enabled_vehicles(&self, scope: &AccessScope) -> Result<Vec<Vehicle>> {
        let registry = self.registry.read();
        Ok(registry
            .visible_to(scope)
            .filter(|vehicle| vehicle.is_enabled)
            .cloned()
            .collect())
    }

    async fn create(&self, organization_id: OrganizationId, draft: VehicleDraft) -> Result<Vehicle> {
        let mut registry = self.registry.write();
        let id = VehicleId::from_uuid(Uuid::now_v7());
        if !registry.organizations.contains(&organization_id) {
            return Err(Error::NotFound { what: "organization" });
        }
        registry.must_be_free(organization_id, &draft.name, id)?;
        let VehicleDraft {
            name,
            manufacturer,
            model,
            specification,
            details,
        } = draft;
        let created_at = now();
        Ok(registry.put(Vehicle {
            id,
            organization_id,
            name,
            manufacturer,
            model,
            status: VehicleStatus::Idle,
            is_enabled: false,
            specification,
            details,
            version: Version::FIRST,
            created_at,
            updated_at: created_at,
            deleted_at: None,
        }))
    }

    async fn update(
        &self,
        scope: &AccessScope,
        id: VehicleId,
        expected: Option<Version>,
        changes: VehicleChanges,
    ) -> Result<Vehicle> {
        let mut registry = self.registry.write();
        let before = registry.find(scope, id, expected)?;
        let after = changes.apply(before)?;
        if after == *before {
            return Ok(after);
        }
        registry.must_be_free(after.organization_id, &after.name, id)?;
        Ok(registry.put(Vehicle {
            version: after.version.next(),
            updated_at: now(),
            ..after
        }))
    }

    async fn delete(&self, scope: &AccessScope, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        let mut registry = self.registry.write();
        let vehicle = registry.find(scope, id, expected)?.clone();
        let (version, now) = (vehicle.version.next(), now());
        Ok(registry.put(Vehicle {
            version,
            updated_at: now,
            deleted_at: Some(now),
            ..vehicle
        }))
    }

    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<()> {
        let mut registry = self.registry.write();
        for (id, status) in statuses {
            let listening = |vehicle: &&mut Vehicle| vehicle.is_enabled && vehicle.deleted_at.is_none();
            if let Some(vehicle) = registry.vehicles.get_mut(id).filter(listening)
                && vehicle.status != *status
            {
                vehicle.status = *status;
                vehicle.updated_at = now();
            }
        }
        Ok(())
    }

    async fn changed_since(&self, since: Option<OffsetDateTime>) -> Result<Vec<Vehicle>> {
        let registry = self.registry.read();
        let is_told = |vehicle: &&Vehicle| match since {
            Some(since) => vehicle.updated_at >= since,
            None => vehicle.deleted_at.is_none(),
        };
        Ok(registry.vehicles.values().filter(is_told).cloned().collect())
    }

    async fn now(&self) -> Result<OffsetDateTime> {
        Ok(now())
    }
}
