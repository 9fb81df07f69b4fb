//! What is kept, and the steps that several ports share.

use std::collections::{BTreeMap, VecDeque};

use application::{
    Error, Result,
    registry::{RegistryChange, RegistryEvent, Sequence},
};
use domain::{
    AccessScope, Group, GroupId, Organization, OrganizationId, OrganizationName, VehicleId,
    vehicle::{Vehicle, VehicleDraft, VehicleName, VehicleStatus, Version},
};
use time::OffsetDateTime;

/// All that is kept. The ids are in the order in which things were made.
#[derive(Debug)]
pub(super) struct State {
    pub(super) organizations: BTreeMap<OrganizationId, Organization>,
    pub(super) groups: BTreeMap<GroupId, Group>,
    /// The deleted ones included.
    pub(super) vehicles: BTreeMap<VehicleId, Vehicle>,
    pub(super) log: VecDeque<RegistryEvent>,
    pub(super) newest: Sequence,
}

impl State {
    pub(super) fn new() -> Self {
        let created_at = now();
        let default = Organization {
            id: OrganizationId::DEFAULT,
            name: OrganizationName::new("Default").expect("a name"),
            created_at,
            updated_at: created_at,
        };
        Self {
            organizations: BTreeMap::from([(default.id, default)]),
            groups: BTreeMap::new(),
            vehicles: BTreeMap::new(),
            log: VecDeque::new(),
            newest: Sequence::START,
        }
    }

    pub(super) fn visible_to<'a>(&'a self, scope: &'a AccessScope) -> impl Iterator<Item = &'a Vehicle> {
        self.vehicles
            .values()
            .filter(|vehicle| exists_for(vehicle, scope))
    }

    pub(super) fn vehicle(
        &self,
        scope: &AccessScope,
        id: VehicleId,
        expected: Option<Version>,
    ) -> Result<&Vehicle> {
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

    pub(super) fn must_have(&self, organization: OrganizationId) -> Result<()> {
        match self.organizations.contains_key(&organization) {
            true => Ok(()),
            false => Err(Error::organization_not_found()),
        }
    }

    /// Whether a vehicle other than `owner` has a name in that organisation.
    pub(super) fn is_taken(
        &self,
        organization: OrganizationId,
        name: &VehicleName,
        owner: Option<VehicleId>,
    ) -> bool {
        self.visible_to(&AccessScope::All).any(|vehicle| {
            vehicle.organization_id == organization && vehicle.name == *name && Some(vehicle.id) != owner
        })
    }

    /// Takes a new vehicle in and writes it into the log.
    pub(super) fn register(
        &mut self,
        id: VehicleId,
        organization_id: OrganizationId,
        is_enabled: bool,
        draft: VehicleDraft,
    ) -> Vehicle {
        let VehicleDraft {
            name,
            manufacturer,
            model,
            specification,
            details,
        } = draft;
        let created_at = now();
        let vehicle = Vehicle {
            id,
            organization_id,
            group_ids: Default::default(),
            name,
            manufacturer,
            model,
            status: VehicleStatus::Idle,
            is_enabled,
            specification,
            details,
            version: Version::FIRST,
            created_at,
            updated_at: created_at,
            deleted_at: None,
        };
        self.vehicles.insert(id, vehicle.clone());
        self.note(RegistryChange::Added, &vehicle);
        vehicle
    }

    /// Keeps a changed vehicle under the next version and writes it into the log.
    pub(super) fn change(&mut self, after: Vehicle) -> Vehicle {
        let after = Vehicle {
            version: after.version.next(),
            updated_at: now(),
            ..after
        };
        let before = self.vehicles.insert(after.id, after.clone());
        let old_status = before.map_or(after.status, |before| before.status);
        self.note(RegistryChange::Changed { old_status }, &after);
        after
    }

    /// Marks a vehicle as deleted and writes that into the log.
    pub(super) fn delete(&mut self, vehicle: Vehicle) -> Vehicle {
        let now = now();
        let deleted = Vehicle {
            version: vehicle.version.next(),
            group_ids: Default::default(),
            updated_at: now,
            deleted_at: Some(now),
            ..vehicle
        };
        self.vehicles.insert(deleted.id, deleted.clone());
        self.note(RegistryChange::Removed, &deleted);
        deleted
    }

    fn note(&mut self, change: RegistryChange, vehicle: &Vehicle) {
        self.newest = self.newest.next();
        self.log.push_back(RegistryEvent {
            sequence: self.newest,
            at: vehicle.updated_at,
            change,
            vehicle: vehicle.clone(),
        });
    }
}

fn exists_for(vehicle: &Vehicle, scope: &AccessScope) -> bool {
    vehicle.deleted_at.is_none() && scope.shows(vehicle)
}

/// The calendar's time in whole microseconds, as a database keeps it.
pub(super) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond())
        .expect("the microsecond is its own")
}
