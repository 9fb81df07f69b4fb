//! Changes to the registry, and messages from vehicles that it does not list as enabled.

use domain::vehicle::VehicleName;

use super::*;
use crate::{DeletionCursor, registry_news::RegistryChange};

#[test]
fn messages_of_unknown_disabled_and_deleted_vehicles_are_rejected() {
    let mut core = core_with([1]);
    assert_eq!(
        send(&mut core, 9, position(0.0, 1), 1),
        Err(Reason::UnknownVehicle)
    );
    core.upsert(&vehicle(1, 2, false), at_ms(2));
    assert_eq!(
        send(&mut core, 1, position(0.0, 3), 3),
        Err(Reason::DisabledVehicle)
    );
    let deleted = Vehicle {
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle(1, 3, false)
    };
    core.upsert(&deleted, at_ms(4));
    assert_eq!(
        send(&mut core, 1, position(0.0, 5), 5),
        Err(Reason::DeletedVehicle)
    );
    core.upsert(&vehicle(1, 2, true), at_ms(6));
    assert_eq!(
        send(&mut core, 1, position(0.0, 7), 7),
        Err(Reason::DeletedVehicle),
        "an outdated read of the registry is ignored"
    );
}

#[test]
fn messages_of_a_restored_vehicle_are_accepted_and_its_older_deletion_is_ignored() {
    let mut core = core_with([1]);
    let deleted = Vehicle {
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle(1, 2, true)
    };
    assert!(core.upsert(&deleted, at_ms(1)));
    assert!(core.upsert(&vehicle(1, 3, false), at_ms(2)));
    assert!(core.upsert(&vehicle(1, 4, true), at_ms(3)));
    assert!(!core.upsert(&deleted, at_ms(4)), "the log reports it later");
    assert_eq!(send(&mut core, 1, position(0.0, 5), 5), Ok(()));
}

#[test]
fn a_vehicle_registered_while_the_registry_was_read_is_restored_by_the_log() {
    let mut core = core_with([1]);
    core.remove_missing(&HashSet::new(), TableCursor::START, usize::MAX, at_ms(1));
    assert_eq!(
        send(&mut core, 1, position(0.0, 2), 2),
        Err(Reason::DeletedVehicle)
    );
    assert!(core.upsert(&vehicle(1, 1, true), at_ms(3)));
    assert_eq!(send(&mut core, 1, position(0.0, 4), 4), Ok(()));
}

#[test]
fn a_vehicle_that_has_changed_in_the_meantime_is_not_removed_as_unregistered() {
    let mut core = core_with([1]);
    let seen = vehicle(1, 1, true).version;
    core.upsert(&vehicle(1, 2, true), at_ms(1));
    assert!(!core.remove_unregistered(id(1), seen, at_ms(2)));
    assert!(!core.remove_unregistered(id(2), seen, at_ms(2)));
    assert_eq!(send(&mut core, 1, position(0.0, 3), 3), Ok(()));
    assert!(core.remove_unregistered(id(1), vehicle(1, 2, true).version, at_ms(4)));
    assert_eq!(
        send(&mut core, 1, position(0.0, 5), 5),
        Err(Reason::DeletedVehicle)
    );
}

#[test]
fn disabling_removes_a_vehicle_from_the_view_and_enabling_restores_it() {
    let mut core = core_with([1]);
    let mut watcher = Watcher::watching(&mut core, &Topic::Vehicle(id(1)));
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    watcher.take().expect("a position");
    send(&mut core, 1, position(2.0, 20), 20).expect("accepted");
    core.upsert(&vehicle(1, 2, false), at_ms(30));
    core.tick(at_ms(30));
    watcher.take().expect("the removal");
    assert_eq!(
        watcher.events.last(),
        Some(&LiveEvent::VehicleRemoved { vehicle_id: id(1) })
    );
    core.tick(at_ms(500));
    assert!(watcher.take().is_none(), "its last position is not delivered");
    core.upsert(&vehicle(1, 3, true), at_ms(600));
    core.tick(at_ms(600));
    assert_eq!(watcher.next_xs(), Some(vec![2.0]));
}

#[test]
fn the_registrys_status_does_not_replace_a_newer_reported_one() {
    let mut core = core_with([1]);
    send(&mut core, 1, state(VehicleStatus::Moving, &[], 10), 10).expect("accepted");
    core.upsert(&vehicle(1, 2, true), at_ms(20));
    assert_eq!(
        core.table.find(id(1)).expect("it exists").status,
        VehicleStatus::Moving
    );
    let time = |ms| at_ms(ms).wall().to_offset_date_time();
    let changed = |version, ms| Vehicle {
        updated_at: time(ms),
        ..vehicle(1, version, true)
    };
    core.statuses_recorded(&[(id(1), VehicleStatus::Moving)], time(25));
    core.upsert(&changed(3, 24), at_ms(30));
    assert_eq!(
        core.table.find(id(1)).expect("it exists").status,
        VehicleStatus::Moving,
        "a change that the registry made before it recorded the status"
    );
    core.upsert(&changed(4, 26), at_ms(31));
    assert_eq!(
        core.table.find(id(1)).expect("it exists").status,
        VehicleStatus::Idle,
        "a user's later change"
    );
}

#[test]
fn the_table_is_visited_in_chunks() {
    let core = core_with(1..=7);
    let (mut from, mut seen) = (Some(TableCursor::START), Vec::new());
    while let Some(place) = from {
        let (some, next) = core.activity(place, 3);
        assert!(some.enabled.len() <= 3);
        seen.extend(some.enabled);
        from = next;
    }
    assert_eq!(seen, (1..=7).map(id).collect::<Vec<_>>());
}

#[test]
fn deleted_vehicles_are_returned_in_chunks() {
    let mut core = core_with(1..=7);
    for n in 1..=7 {
        let deleted_at = Some(OffsetDateTime::UNIX_EPOCH);
        let deleted = Vehicle {
            deleted_at,
            ..vehicle(n, 2, false)
        };
        core.upsert(&deleted, at_ms(1));
    }
    core.upsert(&vehicle(3, 3, true), at_ms(2));
    for count in [1, 2, 6, 7] {
        let (mut from, mut seen) = (Some(DeletionCursor::START), Vec::new());
        while let Some(place) = from {
            let (some, next) = core.deleted(place, count);
            assert!(some.len() <= count);
            seen.extend(some);
            from = next;
        }
        assert_eq!(seen, [1, 2, 4, 5, 6, 7].map(id), "the third vehicle was restored");
    }
}

#[test]
fn a_change_that_leaves_the_status_alone_does_not_undo_a_reported_status() {
    let mut core = core_with([1]);
    send(&mut core, 1, state(VehicleStatus::Moving, &[], 1_000), 1_000).expect("accepted");
    assert_eq!(core.pending_statuses(None, 10), [(id(1), VehicleStatus::Moving)]);
    // Another server renamed the vehicle before this one recorded the reported status.
    core.statuses_recorded(
        &[(id(1), VehicleStatus::Moving)],
        at_ms(1_050).wall().to_offset_date_time(),
    );
    let renamed = Vehicle {
        name: VehicleName::new("another name").expect("a name"),
        ..vehicle(1, 2, true)
    };
    let change = |old_status| RegistryChange::Changed { old_status };
    assert!(core.follow(
        change(VehicleStatus::Idle),
        &renamed,
        OffsetDateTime::UNIX_EPOCH,
        at_ms(1_100)
    ));
    let status = |core: &mut Core| core.present(id(1), at_ms(1_500)).map(|current| current.status);
    assert_eq!(status(&mut core), Some(VehicleStatus::Moving));

    let serviced = Vehicle {
        status: VehicleStatus::Maintenance,
        updated_at: at_ms(1_150).wall().to_offset_date_time(),
        ..vehicle(1, 3, true)
    };
    assert!(core.follow(
        change(VehicleStatus::Idle),
        &serviced,
        OffsetDateTime::UNIX_EPOCH,
        at_ms(1_200)
    ));
    assert_eq!(status(&mut core), Some(VehicleStatus::Maintenance));
}
