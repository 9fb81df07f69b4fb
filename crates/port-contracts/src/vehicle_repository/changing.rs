use application::{Error, ports::VehicleRepository};
use domain::vehicle::{
    Manufacturer, ModelName, SpecificationChanges, Vehicle, VehicleChanges, VehicleName, VehicleStatus,
    VehicleType,
};
use futures::future::{join, join_all};
use test_builders::{a_vehicle, bare_details, changes_to, full_details};

use super::Registry;
use crate::registry::{
    an_administrator, check_name_conflict, check_since, check_version_mismatch, now, read, rename,
};

/// Makes a change, and checks that it is stored, raises the version and sets the time of change.
async fn check_change(
    vehicles: &dyn VehicleRepository,
    before: &Vehicle,
    changes: VehicleChanges,
) -> Vehicle {
    let expected = changes.clone().apply(before).expect("the change is valid");
    let began = now();
    let after = vehicles
        .update(an_administrator(), before.id, Some(before.version), changes)
        .await
        .expect("it is changed");
    let expected = Vehicle {
        version: before.version.next(),
        updated_at: after.updated_at,
        ..expected
    };
    assert_eq!(after, expected);
    check_since(began, after.updated_at);
    assert_eq!(read(vehicles, before.id).await, after);
    after
}

/// Checks that each field can be changed separately, and that the other fields are kept.
pub async fn every_field_can_be_changed(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut vehicle = a_vehicle().register(vehicles).await;
    let nothing = VehicleChanges::default;
    for changes in [
        rename("Another's \"name\""),
        VehicleChanges {
            manufacturer: Some(Manufacturer::new("Other").expect("a name")),
            ..nothing()
        },
        VehicleChanges {
            model: Some(None),
            ..nothing()
        },
        VehicleChanges {
            model: Some(Some(ModelName::new("M2").expect("a name"))),
            ..nothing()
        },
        VehicleChanges {
            status: Some(VehicleStatus::Maintenance),
            ..nothing()
        },
        VehicleChanges {
            specification: SpecificationChanges {
                max_speed: Some(0.1 + 0.2),
                ..SpecificationChanges::default()
            },
            ..nothing()
        },
        VehicleChanges {
            specification: SpecificationChanges {
                max_speed: None,
                max_load: Some(0.0),
                battery_capacity: Some(f64::MAX),
            },
            ..nothing()
        },
        VehicleChanges {
            details: Some(changes_to(full_details(VehicleType::Amr))),
            ..nothing()
        },
        VehicleChanges::enable(),
        VehicleChanges::disable(),
    ] {
        vehicle = check_change(vehicles, &vehicle, changes).await;
    }
}

/// Changes details with only the required fields to details with all fields, and back.
pub async fn the_details_of_every_type_can_be_changed(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    for &kind in VehicleType::ALL {
        let mut vehicle = a_vehicle()
            .with_details(bare_details(kind))
            .register(vehicles)
            .await;
        for details in [full_details(kind), bare_details(kind)] {
            let changes = VehicleChanges {
                details: Some(changes_to(details)),
                ..VehicleChanges::default()
            };
            vehicle = check_change(vehicles, &vehicle, changes).await;
        }
    }
}

/// Checks that neither the version nor the time of change is updated.
pub async fn updates_without_effect_leave_everything_unchanged(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle().register(vehicles).await;
    let same = VehicleChanges {
        name: Some(vehicle.name.clone()),
        status: Some(vehicle.status),
        details: Some(changes_to(vehicle.details.clone())),
        is_enabled: Some(vehicle.is_enabled),
        ..VehicleChanges::default()
    };
    for changes in [VehicleChanges::default(), same] {
        assert_eq!(
            vehicles
                .update(an_administrator(), vehicle.id, None, changes)
                .await
                .expect("the registry answers"),
            vehicle
        );
    }
    assert_eq!(read(vehicles, vehicle.id).await, vehicle);
}

/// Checks that repetitions change nothing.
pub async fn enabling_and_disabling_can_be_repeated(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle().register(vehicles).await;
    let enabled = vehicles
        .enable(an_administrator(), vehicle.id, None)
        .await
        .expect("it is enabled");
    assert!(enabled.is_enabled);
    assert_eq!(enabled.version, vehicle.version.next());
    assert_eq!(
        vehicles
            .enable(an_administrator(), vehicle.id, None)
            .await
            .expect("the registry answers"),
        enabled
    );
    let disabled = vehicles
        .disable(an_administrator(), vehicle.id, None)
        .await
        .expect("it is disabled");
    assert!(!disabled.is_enabled);
    assert_eq!(
        vehicles
            .disable(an_administrator(), vehicle.id, None)
            .await
            .expect("the registry answers"),
        disabled
    );
    assert_eq!(read(vehicles, vehicle.id).await, disabled);
}

/// Tries a status transition that is not allowed, and details of another vehicle type. The valid parts of such a change
/// are not applied either.
pub async fn a_rejected_change_leaves_everything_unchanged(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle()
        .amr()
        .enabled()
        .in_status(VehicleStatus::Error)
        .register(vehicles)
        .await;
    let forbidden_status = VehicleChanges {
        status: Some(VehicleStatus::Moving),
        ..rename("new")
    };
    let another_kind = VehicleChanges {
        details: Some(changes_to(bare_details(VehicleType::Agv))),
        ..rename("new")
    };
    for (changes, field) in [(forbidden_status, "status"), (another_kind, "details")] {
        match vehicles
            .update(an_administrator(), vehicle.id, None, changes)
            .await
        {
            Err(Error::Invalid(faults)) => {
                assert_eq!(
                    faults
                        .iter()
                        .map(|fault| fault.field.as_str())
                        .collect::<Vec<_>>(),
                    [field]
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(read(vehicles, vehicle.id).await, vehicle);
}

/// Tries to give a vehicle the name of another vehicle in its organisation. The vehicle's own name is accepted.
pub async fn a_name_that_is_taken_is_refused(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    a_vehicle().named("AMR 1").register(vehicles).await;
    let second = a_vehicle().named("AMR 2").register(vehicles).await;
    let changes = VehicleChanges {
        is_enabled: Some(true),
        ..rename("AMR 1")
    };
    check_name_conflict(
        vehicles
            .update(an_administrator(), second.id, None, changes)
            .await,
    );
    assert_eq!(read(vehicles, second.id).await, second);
    let changes = VehicleChanges {
        name: VehicleName::new("AMR 2").ok(),
        ..VehicleChanges::enable()
    };
    assert!(
        vehicles
            .update(an_administrator(), second.id, None, changes)
            .await
            .expect("it is changed")
            .is_enabled
    );
}

/// Tries changes with and without effect, and deletions, with an old version and with one that does not exist yet.
pub async fn an_old_version_is_refused(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let old = a_vehicle().register(vehicles).await;
    let new = vehicles
        .enable(an_administrator(), old.id, None)
        .await
        .expect("it is enabled");
    for version in [old.version, new.version.next()] {
        check_version_mismatch(
            vehicles
                .update(an_administrator(), old.id, Some(version), rename("late"))
                .await,
        );
        check_version_mismatch(
            vehicles
                .update(
                    an_administrator(),
                    old.id,
                    Some(version),
                    VehicleChanges::enable(),
                )
                .await,
        );
        check_version_mismatch(vehicles.delete(an_administrator(), old.id, Some(version)).await);
    }
    assert_eq!(read(vehicles, old.id).await, new);
}

pub async fn of_two_concurrent_changes_of_one_version_one_succeeds(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let mut vehicle = a_vehicle().register(vehicles).await;
    for round in 0..5 {
        let version = Some(vehicle.version);
        let (one, other) = join(
            vehicles.update(
                an_administrator(),
                vehicle.id,
                version,
                rename(&format!("one {round}")),
            ),
            vehicles.update(
                an_administrator(),
                vehicle.id,
                version,
                rename(&format!("other {round}")),
            ),
        )
        .await;
        let (winner, loser) = if one.is_ok() { (one, other) } else { (other, one) };
        check_version_mismatch(loser);
        vehicle = winner.expect("one of the two succeeds");
        assert_eq!(read(vehicles, vehicle.id).await, vehicle);
    }
}

/// Checks that no change is lost.
pub async fn concurrent_changes_without_a_version_are_serialized(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let vehicle = a_vehicle().register(vehicles).await;
    let names: Vec<String> = (0..8).map(|number| format!("name {number}")).collect();
    let changes = names
        .iter()
        .map(|name| vehicles.update(an_administrator(), vehicle.id, None, rename(name)));
    let mut versions: Vec<i64> = join_all(changes)
        .await
        .into_iter()
        .map(|outcome| outcome.expect("it is changed").version.as_i64())
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..=9).collect::<Vec<_>>());
    assert_eq!(read(vehicles, vehicle.id).await.version.as_i64(), 9);
}
