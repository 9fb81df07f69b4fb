use application::{
    ports::Mode,
    registry::{RegistryChange, Sequence},
};
use domain::{
    OrganizationId,
    vehicle::{Vehicle, VehicleChanges, VehicleStatus, VehicleType},
};
use test_builders::{a_vehicle, full_details};

use super::{Registry, all_after, position, vehicle_of};
use crate::registry::{
    a_group, an_administrator, an_organization, check_name_conflict, group_name, organization_name, read,
    rename,
};

pub async fn an_empty_log_is_at_its_start(registry: &dyn Registry) {
    assert_eq!(position(registry.log()).await, Sequence::START);
    assert_eq!(all_after(registry.log(), Sequence::START).await, []);
}

/// Checks the events after a number.
async fn check_logged(registry: &dyn Registry, after: Sequence, expected: &[(RegistryChange, &Vehicle)]) {
    let logged = all_after(registry.log(), after).await;
    let logged: Vec<(RegistryChange, &Vehicle)> = logged.iter().map(vehicle_of).collect();
    assert_eq!(logged, expected);
}

/// Checks that events are in the order of the changes, and have their times.
pub async fn every_change_is_logged_once_with_the_vehicle(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let [one, other] = [(); 2].map(|()| a_group(registry, OrganizationId::DEFAULT));
    let (one, other) = (one.await.id, other.await.id);
    let changed = |old_status| RegistryChange::Changed { old_status };
    let still = changed(VehicleStatus::Idle);

    let added = vehicles
        .create(an_administrator(), OrganizationId::DEFAULT, a_vehicle().draft())
        .await;
    let added = added.expect("it is registered");
    let id = added.id;
    let list = [
        a_vehicle().registration(),
        a_vehicle().agv().enabled().registration(),
    ];
    let several = vehicles
        .create_all(
            an_administrator(),
            OrganizationId::DEFAULT,
            list.to_vec(),
            Mode::Apply,
        )
        .await;
    let several = several
        .expect("the registry answers")
        .expect("they are registered");
    let renamed = vehicles
        .update(an_administrator(), id, None, rename("new name"))
        .await;
    let enabled = vehicles.enable(an_administrator(), id, None).await;
    let stopped = VehicleChanges::status(VehicleStatus::Stopped);
    let stopped = vehicles.update(an_administrator(), id, None, stopped).await;
    let disabled = vehicles.disable(an_administrator(), id, None).await;
    let in_one = groups.add_vehicle(an_administrator(), one, id).await;
    let in_both = groups.add_vehicle(an_administrator(), other, id).await;
    let in_other = groups.remove_vehicle(an_administrator(), one, id).await;
    let in_none = groups.delete(an_administrator(), other).await;
    let removed = vehicles.delete(an_administrator(), id, None).await;
    let restored = vehicles.restore(an_administrator(), id).await;

    let then = changed(VehicleStatus::Stopped);
    let in_none = in_none.expect("it is deleted");
    let [
        renamed,
        enabled,
        stopped,
        disabled,
        in_one,
        in_both,
        in_other,
        removed,
        restored,
    ] = [
        renamed, enabled, stopped, disabled, in_one, in_both, in_other, removed, restored,
    ]
    .map(|outcome| outcome.expect("it is changed"));
    let expected = [
        (RegistryChange::Added, &added),
        (RegistryChange::Added, &several[0]),
        (RegistryChange::Added, &several[1]),
        (still, &renamed),
        (still, &enabled),
        (still, &stopped),
        (then, &disabled),
        (then, &in_one),
        (then, &in_both),
        (then, &in_other),
        (then, &in_none[0]),
        (RegistryChange::Removed, &removed),
        (RegistryChange::Added, &restored),
    ];
    check_logged(registry, Sequence::START, &expected).await;
    for event in all_after(registry.log(), Sequence::START).await {
        assert_eq!(event.at, vehicle_of(&event).1.updated_at);
    }
}

/// Registers vehicles of every type, with texts that a log could corrupt.
pub async fn an_event_contains_the_whole_vehicle(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let organization = an_organization(registry).await;
    let group = a_group(registry, organization).await.id;
    let mut expected = Vec::new();
    for &kind in VehicleType::ALL {
        let vehicle = a_vehicle()
            .named(&format!("O'Reilly's \"{kind}\" 🤖 \\ 搬送車"))
            .with_details(full_details(kind))
            .of(organization)
            .in_group(group);
        expected.push(vehicle.register_in_groups(vehicles, groups).await);
    }
    let logged = all_after(registry.log(), Sequence::START).await;
    let logged = logged.iter().map(vehicle_of);
    let logged = logged.filter(|(change, _)| *change != RegistryChange::Added);
    let logged: Vec<Vehicle> = logged.map(|(_, vehicle)| vehicle.clone()).collect();
    assert_eq!(logged, expected);
}

/// Executes commands without effect, rejected commands, and changes that are not about vehicles.
pub async fn commands_without_effect_are_not_logged(registry: &dyn Registry) {
    let (vehicles, groups) = (registry.vehicles(), registry.groups());
    let group = a_group(registry, OrganizationId::DEFAULT).await.id;
    let taken = a_vehicle().named("taken").register(vehicles).await;
    let vehicle = a_vehicle().enabled().in_group(group);
    let vehicle = vehicle.register_in_groups(vehicles, groups).await;
    let before = position(registry.log()).await;

    let nothing = vehicles
        .update(an_administrator(), vehicle.id, None, VehicleChanges::default())
        .await;
    nothing.expect("the registry answers");
    vehicles
        .enable(an_administrator(), vehicle.id, None)
        .await
        .expect("the registry answers");
    groups
        .add_vehicle(an_administrator(), group, vehicle.id)
        .await
        .expect("the registry answers");
    check_name_conflict(
        vehicles
            .update(an_administrator(), vehicle.id, None, rename("taken"))
            .await,
    );
    check_name_conflict(
        vehicles
            .create(
                an_administrator(),
                OrganizationId::DEFAULT,
                a_vehicle().named("taken").draft(),
            )
            .await,
    );
    let stale = Some(taken.version.next());
    assert!(
        vehicles
            .delete(an_administrator(), taken.id, stale)
            .await
            .is_err()
    );
    let list = vec![a_vehicle().registration()];
    let rehearsed = vehicles
        .create_all(an_administrator(), OrganizationId::DEFAULT, list, Mode::Rehearse)
        .await;
    assert!(rehearsed.expect("the registry answers").is_ok());

    groups
        .rename(an_administrator(), group, group_name("renamed"))
        .await
        .expect("it is renamed");
    let other = an_organization(registry).await;
    let renamed = registry
        .organizations()
        .rename(an_administrator(), other, organization_name("renamed"))
        .await;
    renamed.expect("it is renamed");
    let empty = a_group(registry, other).await.id;
    groups
        .delete(an_administrator(), empty)
        .await
        .expect("it is deleted");
    registry
        .organizations()
        .delete(an_administrator(), other)
        .await
        .expect("it is deleted");

    check_logged(registry, before, &[]).await;
}

/// Checks that a reported status is not logged, but is contained in the event of a later change by a user.
pub async fn a_reported_status_is_not_logged(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle().enabled().register(vehicles).await;
    let before = position(registry.log()).await;
    for status in [VehicleStatus::Moving, VehicleStatus::Charging] {
        let said = vehicles.record_statuses(&[(vehicle.id, status)]).await;
        said.expect("it is recorded");
    }
    check_logged(registry, before, &[]).await;

    let stopped = VehicleChanges::status(VehicleStatus::Stopped);
    let stopped = vehicles
        .update(an_administrator(), vehicle.id, None, stopped)
        .await;
    let stopped = stopped.expect("it is changed");
    let old_status = VehicleStatus::Charging;
    check_logged(
        registry,
        before,
        &[(RegistryChange::Changed { old_status }, &stopped)],
    )
    .await;
    assert_eq!(read(vehicles, vehicle.id).await, stopped);
}
