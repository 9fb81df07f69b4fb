//! A registry as the contracts of its ports see it, and what they have in common.

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

/// A registry to be checked: one in which nothing is but the default organisation.
pub trait Registry: Send + Sync {
    /// Its vehicles.
    fn vehicles(&self) -> &dyn VehicleRepository;

    /// Its groups.
    fn groups(&self) -> &dyn GroupRepository;

    /// Its organisations.
    fn organizations(&self) -> &dyn OrganizationRepository;

    /// Its users.
    fn users(&self) -> &dyn UserRepository;

    /// The grants of users.
    fn grants(&self) -> &dyn GrantRepository;

    /// The sessions of users.
    fn sessions(&self) -> &dyn SessionRepository;

    /// The audit log.
    fn audit(&self) -> &dyn AuditLog;

    /// The log of its events.
    fn log(&self) -> &dyn EventLog;
}

pub(super) const EVERYTHING: AccessScope = AccessScope::All;

/// Nothing but these.
pub(super) fn scope(organizations: &[OrganizationId], vehicles: &[VehicleId]) -> AccessScope {
    AccessScope::Restricted {
        organizations: organizations.iter().copied().collect(),
        groups: BTreeSet::new(),
        vehicles: vehicles.iter().copied().collect(),
    }
}

/// A vehicle that is not there.
pub(super) fn nobody() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

/// An organisation that is not there.
pub(super) fn nowhere() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::now_v7())
}

/// A group that is not there.
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

/// An organisation beside the default one, with a name of its own.
pub(super) async fn an_organization(registry: &dyn Registry) -> OrganizationId {
    let name = organization_name(&format!("organization {}", Uuid::now_v7()));
    let made = registry.organizations().create(an_administrator(), name).await;
    made.expect("the organisation is made").id
}

/// A group of an organisation, with a name of its own.
pub(super) async fn a_group(registry: &dyn Registry, organization: OrganizationId) -> Group {
    let name = group_name(&format!("group {}", Uuid::now_v7()));
    let made = registry
        .groups()
        .create(an_administrator(), organization, name)
        .await;
    made.expect("the group is made")
}

pub(super) async fn read(vehicles: &dyn VehicleRepository, id: VehicleId) -> Vehicle {
    vehicles
        .find_by_id(&EVERYTHING, id)
        .await
        .expect("it is read")
        .expect("it is there")
}

/// The calendar's time in whole microseconds, as registries keep it. They are all on this machine.
pub(super) fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond())
        .expect("the microsecond is its own")
}

/// Checks that something happened between then and now.
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
