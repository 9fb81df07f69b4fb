//! Live keys: writing, checking and restoring.

use super::*;

#[test]
fn keys_are_written_once_with_the_newest_data_and_again_after_a_failure() {
    let mut core = core_with([1, 2]);
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    send(&mut core, 1, position(2.0, 20), 20).expect("accepted");
    let records = core.take_unsynced(10, at_ms(20));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].last_update, at_ms(20).wall());
    assert!(core.take_unsynced(10, at_ms(20)).is_empty());
    core.keys_failed([id(1)]);
    assert_eq!(core.take_unsynced(10, at_ms(20)), records);
}

#[test]
fn keys_of_a_vehicle_disabled_during_a_failed_write_are_written_once_it_is_enabled() {
    let mut core = core_with([1]);
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    let records = core.take_unsynced(10, at_ms(20));
    assert_eq!(records.len(), 1);
    core.upsert(&vehicle(1, 2, false), at_ms(20));
    core.keys_failed([id(1)]);
    assert_eq!(core.unsynced_count(), 0);
    core.upsert(&vehicle(1, 3, true), at_ms(20));
    assert_eq!(core.take_unsynced(10, at_ms(20)), records);
}

#[test]
fn expired_keys_are_not_written_again() {
    const TTL_MS: u64 = 86_400_000;
    let mut core = core_with([1]);
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    let left = |core: &mut Core, ms| {
        let records = core.keys_lost(&[id(1)], at_ms(ms));
        records.first().map(|record| record.expires_in)
    };
    assert_eq!(
        left(&mut core, 1_010),
        Some(Duration::from_millis(TTL_MS - 1_000))
    );
    assert_eq!(left(&mut core, TTL_MS + 9), Some(Duration::from_millis(1)));
    assert_eq!(left(&mut core, TTL_MS + 10), None);
    assert!(core.take_unsynced(10, at_ms(TTL_MS + 10)).is_empty());
    assert!(!core.belongs_to(Roll::Map, id(1), at_ms(TTL_MS + 10)));
    assert!(core.belongs_to(Roll::Active, id(1), at_ms(TTL_MS + 10)));
}

#[test]
fn keys_are_checked_unless_recently_written_or_due() {
    let mut core = core_with([1, 2, 3]);
    core.upsert(&vehicle(3, 2, false), at_ms(0));
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    let due = |core: &Core, ms| {
        let (checks, next) = core.keys_to_check(TableCursor::START, 10, at_ms(ms));
        assert_eq!(next, None);
        let ids: Vec<_> = checks.iter().map(|check| check.vehicle_id).collect();
        assert_eq!(ids, [id(1), id(2)], "the third vehicle is disabled");
        checks.iter().filter(|check| check.expected.is_some()).count()
    };
    assert_eq!(due(&core, 20), 0, "the keys are due to be written");
    core.take_unsynced(10, at_ms(20));
    core.keys_written([id(1)], at_ms(20));
    assert_eq!(due(&core, 2_000), 0, "the keys were written recently");
    assert_eq!(due(&core, 2_020), 1, "nothing is known about the second vehicle");
}

#[test]
fn the_keys_of_an_enabled_vehicle_are_expected_once_they_were_written() {
    let mut core = core_with([1, 2]);
    send(&mut core, 1, position(1.0, 10), 10).expect("accepted");
    assert_eq!(core.expected_keys(id(1), at_ms(10)), None, "a write is due");
    let written = core.take_unsynced(10, at_ms(10));
    assert_eq!(core.expected_keys(id(1), at_ms(10)).as_ref(), written.first());
    assert_eq!(core.expected_keys(id(2), at_ms(10)), None, "nothing is known");
    core.upsert(&vehicle(1, 2, false), at_ms(10));
    assert_eq!(core.expected_keys(id(1), at_ms(10)), None, "it is disabled");
}

#[test]
fn only_newer_data_is_restored_from_the_keys() {
    let mut core = core_with([1]);
    send(&mut core, 1, position(1.0, 1_000), 1_000).expect("accepted");
    let record = |x, ms| {
        let Content::Position { position, .. } = position(x, ms) else {
            unreachable!()
        };
        LiveRecord {
            vehicle_id: id(1),
            last_update: position.timestamp,
            position: Some(position),
            state: None,
            series: crate::record::Series::default(),
            broken: crate::record::BrokenParts::default(),
            expires_in: Duration::from_secs(60),
        }
    };
    let newest = |core: &Core| core.table.find(id(1)).and_then(|v| v.track.newest().map(|p| p.x));
    core.restore(record(5.0, 999), at_ms(1_000));
    assert_eq!(newest(&core), Some(1.0));
    core.restore(record(6.0, 1_001), at_ms(1_000));
    assert_eq!(newest(&core), Some(6.0));
}

#[test]
fn two_servers_with_different_data_of_the_same_time_agree_on_one() {
    let [mut one, mut two, mut later] = [(); 3].map(|()| core_with([1]));
    for (core, x, ms) in [
        (&mut one, 1.0, 1_000),
        (&mut two, 2.0, 1_000),
        (&mut later, 0.0, 1_001),
    ] {
        send(core, 1, position(x, ms), 1_001).expect("accepted");
        send(core, 1, state(VehicleStatus::Idle, &[], ms), 1_001).expect("accepted");
    }
    let record = |core: &mut Core| {
        core.keys_failed([id(1)]);
        core.take_unsynced(1, at_ms(1_010)).remove(0)
    };
    let (of_one, of_two, of_later) = (record(&mut one), record(&mut two), record(&mut later));
    two.resolve_tie(of_one.clone(), at_ms(1_020));
    assert_eq!(
        record(&mut two).position,
        of_two.position,
        "its own position is greater in the order"
    );
    one.resolve_tie(of_two.clone(), at_ms(1_020));
    assert_eq!(record(&mut one).position, of_two.position);
    one.resolve_tie(of_later, at_ms(1_020));
    assert_eq!(
        record(&mut one).position,
        of_two.position,
        "a different time is not a tie"
    );
}
