//! Copies of vehicles, on which reports are judged.

use super::*;

fn copy_of(core: &Core, ids: &[VehicleId]) -> Core {
    let mut copy = Core::new(core.rules, at_ms(0));
    core.copy_vehicles(ids, &mut copy);
    copy
}

#[test]
fn a_copy_judges_like_its_original_and_changes_nothing_there() {
    let mut core = core_with([1, 2]);
    core.upsert(&vehicle(3, 1, false), at_ms(0));
    core.upsert(&vehicle(4, 1, true), at_ms(0));
    let deleted = Vehicle {
        deleted_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..vehicle(4, 2, true)
    };
    core.upsert(&deleted, at_ms(0));
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    send(&mut core, 1, state(VehicleStatus::Idle, &[], 1_000), 1_000).expect("accepted");

    let ids: Vec<_> = (1..=5).map(id).collect();
    let mut copy = copy_of(&core, &ids);
    for (vehicle, content, expected) in [
        (1, position(2.0, 999), Err(Reason::OutOfOrder)),
        (1, position(1e5, 1_000), Err(Reason::OutOfBounds)),
        (1, state(VehicleStatus::Moving, &[], 999), Err(Reason::OutOfOrder)),
        (1, position(2.0, 1_001), Ok(())),
        (2, position(2.0, 1), Ok(())),
        (3, position(2.0, 1), Err(Reason::DisabledVehicle)),
        (4, position(2.0, 1), Err(Reason::DeletedVehicle)),
        (5, position(2.0, 1), Err(Reason::UnknownVehicle)),
    ] {
        assert_eq!(send(&mut copy, vehicle, content, 1_002), expected, "{vehicle}");
    }
    assert_eq!(core.position(id(1)).map(|position| position.x), Some(1.0));
    assert_eq!(core.position(id(2)), None);
    assert!(core.vehicle(id(4)).is_none());
}

#[test]
fn a_copy_continues_the_search_for_a_clock_that_was_set_back() {
    let mut core = core_with([1]);
    send(&mut core, 1, position(1.0, 100_000), 100_000).expect("accepted");
    for step in 0..4 {
        let older = position(2.0, 500 + step);
        assert_eq!(
            send(&mut core, 1, older, 101_000 + step * 300),
            Err(Reason::OutOfOrder)
        );
    }
    let mut copy = copy_of(&core, &[id(1)]);
    assert_eq!(send(&mut copy, 1, position(2.0, 510), 103_000), Ok(()));
    assert_eq!(core.position(id(1)).map(|position| position.x), Some(1.0));
}

#[test]
fn vehicles_that_are_copied_already_are_kept() {
    let mut core = core_with([1]);
    let mut copy = copy_of(&core, &[id(1), id(1)]);
    send(&mut copy, 1, position(7.0, 5), 5).expect("accepted");
    send(&mut core, 1, position(1.0, 6), 6).expect("accepted");
    core.copy_vehicles(&[id(1)], &mut copy);
    assert_eq!(copy.position(id(1)).map(|position| position.x), Some(7.0));
}
