//! What is kept, and the steps that several ports share.

use std::collections::{BTreeMap, HashMap, VecDeque};

use application::{
    Actor, Error, Result,
    ports::{AuditEntry, AuditRecord, Credentials, Session, TokenHash},
    registry::{Happened, RegistryChange, RegistryEvent, Sequence},
};
use domain::{
    AccessScope, Grant, GrantId, GrantTarget, Group, GroupId, Organization, OrganizationId, OrganizationName,
    SessionId, UserId, VehicleId,
    vehicle::{Vehicle, VehicleDraft, VehicleName, Version},
};
use time::OffsetDateTime;

/// All that is kept. The ids are in the order in which things were made.
#[derive(Debug)]
pub(super) struct State {
    pub(super) organizations: BTreeMap<OrganizationId, Organization>,
    pub(super) groups: BTreeMap<GroupId, Group>,
    /// The deleted ones included.
    pub(super) vehicles: BTreeMap<VehicleId, Vehicle>,
    pub(super) users: BTreeMap<UserId, Credentials>,
    pub(super) grants: BTreeMap<GrantId, Grant>,
    pub(super) sessions: BTreeMap<SessionId, KeptSession>,
    /// The session of every refresh token, the spent ones included.
    pub(super) tokens: HashMap<TokenHash, SessionId>,
    pub(super) log: VecDeque<RegistryEvent>,
    pub(super) newest: Sequence,
    /// The oldest first.
    pub(super) audit: VecDeque<AuditEntry>,
}

/// A session with the family of its refresh tokens.
#[derive(Debug)]
pub(super) struct KeptSession {
    pub(super) session: Session,
    pub(super) current: TokenHash,
    /// One of these that comes again was copied; the oldest first.
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
        match found.ok_or_else(Error::vehicle_not_found)? {
            vehicle if expected.is_some_and(|version| version != vehicle.version) => {
                Err(Error::VersionMismatch {
                    current: vehicle.version,
                })
            }
            vehicle => Ok(vehicle),
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

    /// Takes a new vehicle in and writes it into both logs.
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

    /// Keeps a changed vehicle under the next version and writes it into both logs.
    pub(super) fn change(&mut self, by: &Actor, after: Vehicle) -> Vehicle {
        let after = Vehicle {
            version: after.version.next(),
            updated_at: now(),
            ..after
        };
        let before = self
            .vehicles
            .insert(after.id, after.clone())
            .expect("what is changed was found before, under the same lock");
        let old_status = before.status;
        self.note_vehicle(RegistryChange::Changed { old_status }, &after);
        self.write_down(by, AuditRecord::vehicle_changed(&before, &after));
        after
    }

    /// Marks a vehicle as deleted, withdraws what was granted of it, and writes that into both logs. Who watches the
    /// group that it was in hears of it too.
    pub(super) fn delete(&mut self, by: &Actor, vehicle: Vehicle) -> Vehicle {
        let now = now();
        let removed = Vehicle {
            version: vehicle.version.next(),
            updated_at: now,
            deleted_at: Some(now),
            ..vehicle.clone()
        };
        let deleted = Vehicle {
            group_ids: Default::default(),
            ..removed.clone()
        };
        self.vehicles.insert(deleted.id, deleted.clone());
        self.note_vehicle(RegistryChange::Removed, &removed);
        self.write_down(by, AuditRecord::vehicle_deleted(&vehicle));
        self.withdraw_all(by, GrantTarget::Vehicle(vehicle.id));
        deleted
    }

    /// Brings a deleted vehicle back under the next version, and writes that into both logs.
    pub(super) fn restore(&mut self, by: &Actor, vehicle: Vehicle) -> Vehicle {
        let restored = Vehicle {
            version: vehicle.version.next(),
            updated_at: now(),
            deleted_at: None,
            ..vehicle
        };
        self.keep_restored(by, restored)
    }

    /// Keeps a vehicle that has come back, and writes that into both logs.
    pub(super) fn keep_restored(&mut self, by: &Actor, restored: Vehicle) -> Vehicle {
        self.vehicles.insert(restored.id, restored.clone());
        self.note_vehicle(RegistryChange::Added, &restored);
        self.write_down(by, AuditRecord::vehicle_restored(&restored));
        restored
    }

    /// Writes into the log of the registry what a user hears of its rights.
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

/// The calendar's time in whole microseconds, as a database keeps it.
pub(super) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond())
        .expect("the microsecond is its own")
}
