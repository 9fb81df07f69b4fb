//! The data of the registry, and the operations that several ports share.

use std::collections::{BTreeMap, HashMap, VecDeque};

use application::{
    Actor, Error, Result,
    ports::{AuditEntry, AuditRecord, Credentials, Session, TokenHash},
    registry::{Happened, RegistryChange, RegistryEvent, Sequence},
    vehicles::must_have_version,
};
use domain::{
    AccessScope, Grant, GrantId, GrantTarget, Group, GroupId, Organization, OrganizationId, OrganizationName,
    SessionId, UserId, VehicleId,
    vehicle::{Vehicle, VehicleDraft, VehicleName, Version},
};
use time::OffsetDateTime;

/// All data. The maps of entities are ordered by id. Generated ids are time-ordered, so this is the order of creation,
/// except for imported ids.
#[derive(Debug)]
pub(super) struct State {
    pub(super) organizations: BTreeMap<OrganizationId, Organization>,
    pub(super) groups: BTreeMap<GroupId, Group>,
    /// All vehicles, including deleted ones.
    pub(super) vehicles: BTreeMap<VehicleId, Vehicle>,
    pub(super) users: BTreeMap<UserId, Credentials>,
    pub(super) grants: BTreeMap<GrantId, Grant>,
    pub(super) sessions: BTreeMap<SessionId, KeptSession>,
    /// Sessions by refresh token, including spent tokens.
    pub(super) tokens: HashMap<TokenHash, SessionId>,
    pub(super) log: VecDeque<RegistryEvent>,
    pub(super) newest: Sequence,
    /// Entries of the audit log, the oldest first.
    pub(super) audit: VecDeque<AuditEntry>,
}

/// A session with its refresh tokens.
#[derive(Debug)]
pub(super) struct KeptSession {
    pub(super) session: Session,
    pub(super) current: TokenHash,
    /// Spent tokens, the oldest first. If one is presented again, it may have been copied.
    pub(super) spent: VecDeque<TokenHash>,
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
            users: BTreeMap::new(),
            grants: BTreeMap::new(),
            sessions: BTreeMap::new(),
            tokens: HashMap::new(),
            log: VecDeque::new(),
            newest: Sequence::START,
            audit: VecDeque::new(),
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
        let vehicle = found.ok_or_else(Error::vehicle_not_found)?;
        must_have_version(vehicle, expected)?;
        Ok(vehicle)
    }

    /// Returns `true` if a vehicle of the organisation other than `owner` has this name.
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

    /// Adds a new vehicle, and records that in both logs.
    pub(super) fn register(
        &mut self,
        by: &Actor,
        id: VehicleId,
        organization_id: OrganizationId,
        is_enabled: bool,
        draft: VehicleDraft,
    ) -> Vehicle {
        let vehicle = draft.registered(id, organization_id, is_enabled, None, now());
        self.vehicles.insert(id, vehicle.clone());
        self.note_vehicle(RegistryChange::Added, &vehicle);
        self.write_down(by, AuditRecord::vehicle_created(&vehicle));
        vehicle
    }

    /// Stores a changed vehicle with the next version, and records that in both logs.
    pub(super) fn change(&mut self, by: &Actor, after: Vehicle) -> Vehicle {
        let after = Vehicle {
            version: after.version.next(),
            updated_at: now(),
            ..after
        };
        let before = self
            .vehicles
            .insert(after.id, after.clone())
            .expect("the vehicle was found before, under the same lock");
        let old_status = before.status;
        self.note_vehicle(RegistryChange::Changed { old_status }, &after);
        self.write_down(by, AuditRecord::vehicle_changed(&before, &after));
        after
    }

    /// Marks a vehicle as deleted, withdraws the grants on it, and records that in both logs.
    pub(super) fn delete(&mut self, by: &Actor, vehicle: Vehicle) -> Vehicle {
        let removed = vehicle.clone().deleted(now());
        let deleted = removed.clone().without_groups();
        self.vehicles.insert(deleted.id, deleted.clone());
        self.note_vehicle(RegistryChange::Removed, &removed);
        self.write_down(by, AuditRecord::vehicle_deleted(&vehicle));
        self.withdraw_all(by, GrantTarget::Vehicle(vehicle.id));
        deleted
    }

    /// Stores a restored vehicle, and records that in both logs.
    pub(super) fn keep_restored(&mut self, by: &Actor, restored: Vehicle) -> Vehicle {
        self.vehicles.insert(restored.id, restored.clone());
        self.note_vehicle(RegistryChange::Added, &restored);
        self.write_down(by, AuditRecord::vehicle_restored(&restored));
        restored
    }

    /// Records in the registry's log that the rights of a user have changed.
    pub(super) fn note_rights(&mut self, user: UserId) {
        self.note(now(), Happened::RightsChanged(user));
    }

    fn note_vehicle(&mut self, change: RegistryChange, vehicle: &Vehicle) {
        let vehicle = Box::new(vehicle.clone());
        self.note(vehicle.updated_at, Happened::ToVehicle { change, vehicle });
    }

    fn note(&mut self, at: OffsetDateTime, happened: Happened) {
        self.newest = self.newest.next();
        self.log.push_back(RegistryEvent {
            sequence: self.newest,
            at,
            happened,
        });
    }
}

fn exists_for(vehicle: &Vehicle, scope: &AccessScope) -> bool {
    vehicle.deleted_at.is_none() && scope.shows(vehicle)
}

/// Returns the current time in whole microseconds, the precision of PostgreSQL.
pub(super) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond())
        .expect("a microsecond of the same time is valid")
}
