use application::ports::Mode;
use domain::{
    GrantTarget, GrantTerms, OrganizationId, UserChanges,
    vehicle::{VehicleChanges, VehicleStatus},
};
use test_builders::{a_password_hash, a_user, a_vehicle, within};

use super::{Registry, an_actor, check_done};
use crate::{
    people::{count_entries, disable, log_in, no_session, no_user},
    registry::{
        a_group, an_administrator, an_organization, check_conflict, check_missing, check_name_conflict,
        check_not_found, check_version_mismatch, group_name, no_group, no_organization, no_vehicle,
        organization_name, rename, scope,
    },
};

pub async fn failed_commands_are_not_audited(registry: &dyn Registry) {
    let by = &an_actor();
    vehicles_fail(registry, by).await;
    groups_and_organizations_fail(registry, by).await;
    users_fail(registry, by).await;
    check_done(registry, by, &[]).await;
}

async fn vehicles_fail(registry: &dyn Registry, by: &application::Actor) {
    let vehicles = registry.vehicles();
    let taken = a_vehicle().named("taken").register(vehicles).await;
    let vehicle = a_vehicle().register(vehicles).await;
    let draft = a_vehicle().named("taken").draft();
    check_name_conflict(vehicles.create(by, OrganizationId::DEFAULT, draft.clone()).await);
    check_missing(
        "organisation",
        vehicles.create(by, no_organization(), draft).await,
    );
    let list = vec![
        a_vehicle().registration(),
        a_vehicle().named("taken").registration(),
    ];
    let created = vehicles
        .create_all(by, OrganizationId::DEFAULT, list, Mode::Apply)
        .await;
    assert!(created.expect("the registry answers").is_err());
    check_name_conflict(vehicles.update(by, vehicle.id, None, rename("taken")).await);
    check_not_found(vehicles.update(by, no_vehicle(), None, rename("a")).await);
    check_not_found(vehicles.delete(by, no_vehicle(), None).await);
    let stale = Some(taken.version.next());
    check_version_mismatch(vehicles.delete(by, taken.id, stale).await);
}

async fn groups_and_organizations_fail(registry: &dyn Registry, by: &application::Actor) {
    let (groups, organizations) = (registry.groups(), registry.organizations());
    let organization = an_organization(registry).await;
    let [one, other] = [
        a_group(registry, organization).await,
        a_group(registry, organization).await,
    ];
    let vehicle = a_vehicle().register(registry.vehicles()).await.id;
    check_name_conflict(groups.create(by, organization, one.name.clone()).await);
    check_name_conflict(groups.rename(by, other.id, one.name).await);
    check_missing("group", groups.delete(by, no_group()).await);
    assert!(
        groups.add_vehicle(by, one.id, vehicle).await.is_err(),
        "it is of another organisation"
    );
    check_not_found(groups.remove_vehicle(by, one.id, vehicle).await);
    check_name_conflict(organizations.create(by, organization_name("Default")).await);
    check_name_conflict(
        organizations
            .rename(by, organization, organization_name("Default"))
            .await,
    );
    check_conflict("id", organizations.delete(by, organization).await);
    check_conflict("id", organizations.delete(by, OrganizationId::DEFAULT).await);
}

async fn users_fail(registry: &dyn Registry, by: &application::Actor) {
    let (users, grants, sessions) = (registry.users(), registry.grants(), registry.sessions());
    let last = a_user().administrator().named("last").register(users).await;
    check_conflict("username", users.create(by, a_user().named("LAST").draft()).await);
    let first = users.create_first(by, a_user().draft()).await;
    assert_eq!(first.expect("the registry answers"), None);
    check_conflict("isEnabled", users.update(by, last.id, disable(), None).await);
    check_conflict("id", users.delete(by, last.id).await);
    check_missing("user", users.delete(by, no_user()).await);
    let target = GrantTarget::Organization(OrganizationId::DEFAULT);
    check_conflict(
        "userId",
        grants.create(by, last.id, GrantTerms::to_operate(target)).await,
    );
    check_missing(
        "user",
        grants.create(by, no_user(), GrantTerms::to_operate(target)).await,
    );
    let (old, new) = (a_password_hash("first"), a_password_hash("second"));
    assert!(
        sessions.change_password(by, &old, new).await.is_err(),
        "the user does not exist"
    );
    let (session, _) = log_in(registry, last.id).await;
    check_missing("session", sessions.end(by, session.id).await);
    check_missing("session", sessions.end(by, no_session()).await);
    let blind = application::Actor {
        scope: within(&scope(&[], &[])).scope,
        ..by.clone()
    };
    check_missing("user", users.delete(&blind, last.id).await);
}

pub async fn commands_without_effect_are_not_audited(registry: &dyn Registry) {
    let by = &an_actor();
    let group = a_group(registry, OrganizationId::DEFAULT).await;
    let vehicle = a_vehicle().enabled().in_group(group.id);
    let vehicle = vehicle
        .register_in_groups(registry.vehicles(), registry.groups())
        .await;
    let user = a_user().register(registry.users()).await;
    let as_it_is = registry
        .vehicles()
        .update(by, vehicle.id, None, VehicleChanges::default());
    as_it_is.await.expect("the registry answers");
    registry
        .vehicles()
        .enable(by, vehicle.id, None)
        .await
        .expect("the registry answers");
    let name = group_name(group.name.as_str());
    registry
        .groups()
        .rename(by, group.id, name)
        .await
        .expect("the registry answers");
    let added = registry.groups().add_vehicle(by, group.id, vehicle.id).await;
    added.expect("the registry answers");
    let name = organization_name("Default");
    let renamed = registry
        .organizations()
        .rename(by, OrganizationId::DEFAULT, name)
        .await;
    renamed.expect("the registry answers");
    let as_it_is = UserChanges {
        role: Some(user.role),
        is_enabled: Some(true),
    };
    let update = registry.users().update(by, user.id, as_it_is, None).await;
    update.expect("the registry answers");
    check_done(registry, by, &[]).await;
}

pub async fn a_rehearsal_is_not_audited(registry: &dyn Registry) {
    let by = &an_actor();
    let list = vec![a_vehicle().registration()];
    let rehearsed = registry
        .vehicles()
        .create_all(by, OrganizationId::DEFAULT, list, Mode::Rehearse);
    assert!(rehearsed.await.expect("the registry answers").is_ok());
    check_done(registry, by, &[]).await;
}

/// Checks that a status reported by a vehicle is not audited, unlike a change by a user.
pub async fn a_reported_status_is_not_audited(registry: &dyn Registry) {
    let vehicle = a_vehicle().enabled().register(registry.vehicles()).await;
    let written = count_entries(registry).await;
    let said = registry
        .vehicles()
        .record_statuses(&[(vehicle.id, VehicleStatus::Moving)])
        .await;
    said.expect("it is recorded");
    assert_eq!(count_entries(registry).await, written);
    let stopped = VehicleChanges::status(VehicleStatus::Stopped);
    let stopped = registry
        .vehicles()
        .update(an_administrator(), vehicle.id, None, stopped)
        .await;
    stopped.expect("it is changed");
    assert_eq!(count_entries(registry).await, written + 1);
}
