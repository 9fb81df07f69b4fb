//! Registry under test, and functions that the contracts of its ports share.

use std::collections::BTreeSet;

use application::{
    Error,
    ports::{
        AuditLog, EventLog, GrantRepository, GroupRepository, OrganizationRepository, SessionRepository,
        UserRepository, VehicleRepository,
    },
};
use domain::{
    AccessScope, Group, GroupId, GroupName, OrganizationId, OrganizationName, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleName},
};
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) use test_builders::{an_administrator, within};

/// A registry under test, which contains nothing but the default organisation.
pub trait Registry: Send + Sync {
    fn vehicles(&self) -> &dyn VehicleRepository;

    fn groups(&self) -> &dyn GroupRepository;

    fn organizations(&self) -> &dyn OrganizationRepository;

    fn users(&self) -> &dyn UserRepository;

    fn grants(&self) -> &dyn GrantRepository;

    fn sessions(&self) -> &dyn SessionRepository;

    fn audit(&self) -> &dyn AuditLog;

    fn log(&self) -> &dyn EventLog;
}

pub(super) const EVERYTHING: AccessScope = AccessScope::All;

/// Returns a scope of these organisations and vehicles, without groups.
pub(super) fn scope(organizations: &[OrganizationId], vehicles: &[VehicleId]) -> AccessScope {
    AccessScope::Restricted {
        organizations: organizations.iter().copied().collect(),
        groups: BTreeSet::new(),
        vehicles: vehicles.iter().copied().collect(),
    }
}

/// Returns the id of a vehicle that does not exist.
pub(super) fn no_vehicle() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

/// Returns the id of an organisation that does not exist.
pub(super) fn no_organization() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::now_v7())
}

/// Returns the id of a group that does not exist.
pub(super) fn no_group() -> GroupId {
    GroupId::from_uuid(Uuid::now_v7())
}

pub(super) fn group_name(name: &str) -> GroupName {
    GroupName::new(name).expect("a group's name")
}

pub(super) fn organization_name(name: &str) -> OrganizationName {
    OrganizationName::new(name).expect("an organisation's name")
}

pub(super) fn rename(name: &str) -> VehicleChanges {
    VehicleChanges {
        name: Some(VehicleName::new(name).expect("a name")),
        ..VehicleChanges::default()
    }
}

pub(super) fn ids(vehicles: &[Vehicle]) -> Vec<VehicleId> {
    vehicles.iter().map(|vehicle| vehicle.id).collect()
}

/// Creates an organisation with a unique name.
pub(super) async fn an_organization(registry: &dyn Registry) -> OrganizationId {
    let name = organization_name(&format!("organization {}", Uuid::now_v7()));
    let made = registry.organizations().create(an_administrator(), name).await;
    made.expect("the organisation is created").id
}

/// Creates a group with a unique name.
pub(super) async fn a_group(registry: &dyn Registry, organization: OrganizationId) -> Group {
    let name = group_name(&format!("group {}", Uuid::now_v7()));
    let made = registry
        .groups()
        .create(an_administrator(), organization, name)
        .await;
    made.expect("the group is created")
}

pub(super) async fn read(vehicles: &dyn VehicleRepository, id: VehicleId) -> Vehicle {
    vehicles
        .find_by_id(&EVERYTHING, id)
        .await
        .expect("the registry answers")
        .expect("it exists")
}

/// Returns the current time in whole microseconds, the resolution of registries. Registries run on this machine, so
/// their clock is the same.
pub(super) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond())
        .expect("microseconds are in range")
}

/// Checks that a time lies between `began` and now.
pub(super) fn check_since(began: OffsetDateTime, happened: OffsetDateTime) {
    let ended = now();
    assert!((began..=ended).contains(&happened), "{began} {happened} {ended}");
}

pub(super) fn check_not_found<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    check_missing("vehicle", outcome);
}

pub(super) fn check_missing<T: std::fmt::Debug>(expected: &str, outcome: Result<T, Error>) {
    assert!(
        matches!(outcome, Err(Error::NotFound { what }) if what == expected),
        "{outcome:?}"
    );
}

pub(super) fn check_conflict<T: std::fmt::Debug>(expected: &str, outcome: Result<T, Error>) {
    assert!(
        matches!(outcome, Err(Error::Conflict { field, .. }) if field == expected),
        "{outcome:?}"
    );
}

pub(super) fn check_name_conflict<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    check_conflict("name", outcome);
}

pub(super) fn check_version_mismatch<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert!(
        matches!(outcome, Err(Error::VersionMismatch { .. })),
        "{outcome:?}"
    );
}
