//! The contract of `LiveKeys`.
//!
//! `port_contracts::live_keys_contract!(my_stores);` generates a test for each check below. The argument is an async
//! function without arguments that returns [`LiveStores`]. Two adapters access the keys, as two servers would.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use application::ports::{
    BrokenParts, Differences, KeyFault, KeyPart, LiveKeys, LiveRecord, OutdatedKeys, Roll, RollMember, Series,
};
use domain::VehicleId;
use domain::telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState};

pub use crate::live_stores::LiveStores;
use crate::live_stores::{a_position, a_state, a_vehicle_id, assert_same_position};

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! live_keys_contract {
    ($($subject:tt)+) => {
        $crate::contract! { live_keys, $($subject)+ =>
            a_server_reads_what_another_has_written
            positions_and_states_are_compared_independently
            an_unknown_part_is_left_unchanged
            unknown_vehicles_are_omitted
            a_forgotten_vehicle_is_unknown
            repeated_and_empty_commands_are_harmless
            the_newest_wins_when_servers_race
            a_later_series_overwrites_newer_times
            servers_that_detect_a_series_at_different_times_agree
            keys_with_the_expected_content_do_not_differ
            keys_with_other_values_differ_unless_they_are_newer
            a_time_that_looks_like_seconds_is_compared_unchanged
            a_record_has_its_time_to_expiry
            every_difference_is_named
            members_of_the_rolls_are_listed_and_removed
            changes_of_the_rolls_report_their_effect
        }
    };
}

async fn differences(keys: &dyn LiveKeys, expected: &[LiveRecord]) -> Differences {
    let latest = Timestamp::from_unix_ms(1_732_333_333_000).expect("a time");
    keys.differing(expected, latest)
        .await
        .expect("the store is available")
}

/// Returns the vehicles whose keys must be written again.
async fn differing(keys: &dyn LiveKeys, expected: &[LiveRecord]) -> Vec<VehicleId> {
    let outdated = differences(keys, expected).await.outdated;
    outdated.into_iter().map(|keys| keys.vehicle_id).collect()
}

/// Returns the parts and faults of the only vehicle whose keys must be written again.
fn faults(outdated: &[OutdatedKeys]) -> Vec<(KeyPart, KeyFault)> {
    let [keys] = outdated else {
        panic!("one vehicle differs: {outdated:?}");
    };
    let differences = keys.differences.iter();
    differences.map(|found| (found.part, found.fault)).collect()
}

pub async fn every_difference_is_named(stores: &dyn LiveStores) {
    let keys = stores.keys();
    let expected = a_record(Some(a_position(1_000)), Some(a_state(1_000)));
    let found = differences(keys, std::slice::from_ref(&expected)).await.outdated;
    let missing = [KeyPart::Position, KeyPart::State, KeyPart::Map].map(|part| (part, KeyFault::Missing));
    for fault in missing {
        assert!(faults(&found).contains(&fault), "{found:?}");
    }

    keys.write(std::slice::from_ref(&expected))
        .await
        .expect("the store is available");
    let mut slower = expected.clone();
    slower.state = slower
        .state
        .and_then(|state| state.with_current_speed(0.125).ok());
    let found = differences(keys, &[slower]).await.outdated;
    assert_eq!(faults(&found), [(KeyPart::State, KeyFault::Different)]);
    let text = found[0].differences[0].to_string();
    assert!(
        text.starts_with("state: ") && text.len() > "state: ".len(),
        "{text}"
    );

    keys.strike(
        Roll::Map,
        &[RollMember(expected.vehicle_id.to_string().into_bytes())],
    )
    .await
    .expect("the store is available");
    let found = differences(keys, &[expected]).await.outdated;
    assert_eq!(faults(&found), [(KeyPart::Map, KeyFault::Missing)]);
}

pub async fn keys_with_the_expected_content_do_not_differ(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let records = [
        a_record(Some(a_position(1_000)), Some(a_state(1_005))),
        a_record(None, Some(a_state(2_000))),
        a_record(Some(a_position(3_000)), None),
    ];
    first.write(&records).await.expect("the store is available");
    assert_eq!(differing(second, &records).await, []);
    assert_eq!(differing(second, &[]).await, []);
    // Records that another server has read are equal, too.
    let ids = records.each_ref().map(|record| record.vehicle_id);
    let read = second.read(&ids).await.expect("the store is available");
    assert_eq!(differing(first, &read).await, []);
    second.forget(&ids[..1]).await.expect("the store is available");
    assert_eq!(differing(first, &records).await, ids[..1]);
    second
        .strike(Roll::Map, &[RollMember(ids[2].to_string().into_bytes())])
        .await
        .expect("the store is available");
    assert_eq!(differing(first, &records).await, [ids[0], ids[2]]);
    first.write(&records).await.expect("the store is available");
    assert_eq!(differing(second, &records).await, []);
}

pub async fn keys_with_other_values_differ_unless_they_are_newer(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let expected = a_record(Some(a_position(1_000)), Some(a_state(1_000)));
    let id = [expected.vehicle_id];
    let other = |record: &LiveRecord, ms| {
        let mut other = LiveRecord {
            vehicle_id: record.vehicle_id,
            ..a_record(Some(a_position(ms)), Some(a_state(ms)))
        };
        if let Some(position) = &mut other.position {
            position.x += 5.0;
        }
        other
    };
    let write = async |record: LiveRecord| first.write(&[record]).await.expect("the store is available");
    write(other(&expected, 999)).await;
    assert_eq!(
        differing(second, std::slice::from_ref(&expected)).await,
        id,
        "older"
    );
    write(other(&expected, 1_000)).await;
    assert_eq!(
        differing(second, std::slice::from_ref(&expected)).await,
        id,
        "another place"
    );
    write(expected.clone()).await;
    let mut faster = expected.clone();
    faster.state = faster.state.and_then(|state| state.with_current_speed(29.0).ok());
    assert_eq!(differing(second, &[faster]).await, id, "another speed");
    assert_eq!(
        differences(second, std::slice::from_ref(&expected)).await.newer,
        [],
        "as expected"
    );
    write(other(&expected, 1_001)).await;
    let newer = Differences {
        outdated: Vec::new(),
        newer: id.to_vec(),
    };
    assert_eq!(differences(second, std::slice::from_ref(&expected)).await, newer);
    write(other(&expected, 1_732_333_333_001)).await;
    let from_the_future = differences(second, &[expected]).await;
    let found = faults(&from_the_future.outdated);
    for part in [KeyPart::Position, KeyPart::State] {
        assert!(found.contains(&(part, KeyFault::Different)), "{found:?}");
    }
    assert_eq!(from_the_future.newer, []);
}

/// Compares a time of 23 days since the start of a robot, which is valid in a ROS stamp, although plain messages must
/// not contain it. A comparison that rejected it would cause the key to be rewritten every time.
pub async fn a_time_that_looks_like_seconds_is_compared_unchanged(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let record = a_record(Some(a_position(2_000_000_123)), Some(a_state(2_000_000_456)));
    first
        .write(std::slice::from_ref(&record))
        .await
        .expect("the store is available");
    assert_eq!(differing(second, std::slice::from_ref(&record)).await, []);
}

pub async fn a_record_has_its_time_to_expiry(stores: &dyn LiveStores) {
    let keys = stores.keys();
    let record = LiveRecord {
        expires_in: Duration::from_secs(500),
        ..a_record(Some(a_position(1_000)), Some(a_state(1_000)))
    };
    keys.write(std::slice::from_ref(&record))
        .await
        .expect("the store is available");
    let found = keys
        .read(&[record.vehicle_id])
        .await
        .expect("the store is available");
    let left = found[0].expires_in;
    assert!(
        left <= record.expires_in && left > record.expires_in / 2,
        "{left:?} are left"
    );
}

pub async fn members_of_the_rolls_are_listed_and_removed(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let records: Vec<_> = (0..1_500)
        .map(|_| a_record(Some(a_position(1_000)), None))
        .collect();
    let ids: Vec<_> = records.iter().map(|record| record.vehicle_id).collect();
    first.write(&records).await.expect("the store is available");
    first.activate(&ids).await.expect("the store is available");
    for roll in [Roll::Active, Roll::Map] {
        let found = members(second, roll).await;
        assert!(ids.iter().all(|id| found.contains(id)), "{roll:?}");
        let some: Vec<_> = ids[..600]
            .iter()
            .map(|id| RollMember(id.to_string().into_bytes()))
            .collect();
        second.strike(roll, &some).await.expect("the store is available");
        second
            .strike(roll, &some)
            .await
            .expect("the call succeeds without effect");
        second
            .strike(roll, &[])
            .await
            .expect("the call succeeds without effect");
        let found = members(first, roll).await;
        let left: Vec<_> = ids.iter().filter(|id| found.contains(id)).collect();
        assert_eq!(left, ids[600..].iter().collect::<Vec<_>>(), "{roll:?}");
    }
    first.forget(&ids).await.expect("the store is available");
    for roll in [Roll::Active, Roll::Map] {
        let found = members(second, roll).await;
        assert!(!ids.iter().any(|id| found.contains(id)), "{roll:?}");
    }
}

/// Checks that, of two servers that make the same change, only one is notified of its effect.
pub async fn changes_of_the_rolls_report_their_effect(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let record = a_record(Some(a_position(1_000)), None);
    let ids = [record.vehicle_id, a_vehicle_id()];
    let among = async |roll, ids: &[VehicleId]| {
        let found = second.members_among(roll, ids).await;
        found.expect("the store is available")
    };
    for roll in [Roll::Active, Roll::Map] {
        assert_eq!(among(roll, &ids).await, HashSet::new(), "{roll:?}");
        assert_eq!(among(roll, &[]).await, HashSet::new(), "{roll:?}");
    }
    let added = first.activate(&ids[..1]).await.expect("the store is available");
    assert_eq!(added, ids[..1]);
    let added = second.activate(&ids).await.expect("the store is available");
    assert_eq!(added, ids[1..]);
    assert_eq!(among(Roll::Active, &ids).await, HashSet::from(ids));
    first.write(&[record]).await.expect("the store is available");
    assert_eq!(among(Roll::Map, &ids).await, HashSet::from([ids[0]]));

    let members = ids.map(|id| RollMember(id.to_string().into_bytes()));
    let removed = first.strike(Roll::Active, &members[..1]).await;
    assert_eq!(removed.expect("the store is available"), members[..1]);
    let removed = second.strike(Roll::Active, &members).await;
    assert_eq!(removed.expect("the store is available"), members[1..]);
    let removed = second.strike(Roll::Map, &members).await;
    assert_eq!(removed.expect("the store is available"), members[..1]);
}

async fn members(keys: &dyn LiveKeys, roll: Roll) -> BTreeSet<VehicleId> {
    let (mut found, mut from) = (BTreeSet::new(), Some(0));
    while let Some(cursor) = from {
        let page = keys.members(roll, cursor).await.expect("the store is available");
        found.extend(page.members.iter().filter_map(RollMember::vehicle_id));
        from = page.next;
    }
    found
}

pub async fn a_server_reads_what_another_has_written(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let records: Vec<_> = (0..300)
        .map(|_| a_record(Some(a_position(1_000)), Some(a_state(1_005))))
        .collect();
    first.write(&records).await.expect("the store is available");
    let ids: Vec<_> = records.iter().map(|record| record.vehicle_id).collect();
    let found = second.read(&ids).await.expect("the store is available");
    assert_eq!(found.len(), records.len());
    for record in &records {
        let found = found
            .iter()
            .find(|found| found.vehicle_id == record.vehicle_id)
            .expect("the record");
        assert_same_record(found, record);
    }
}

pub async fn positions_and_states_are_compared_independently(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let newer_position = a_record(Some(a_position(2_000)), Some(a_state(1_000)));
    let newer_state = LiveRecord {
        vehicle_id: newer_position.vehicle_id,
        ..a_record(Some(a_position(1_500)), Some(a_state(1_700)))
    };
    first
        .write(std::slice::from_ref(&newer_position))
        .await
        .expect("the store is available");
    second
        .write(std::slice::from_ref(&newer_state))
        .await
        .expect("the store is available");
    check_record(
        first,
        &LiveRecord {
            state: newer_state.state,
            last_update: newer_position.last_update,
            ..newer_position
        },
    )
    .await;
}

pub async fn an_unknown_part_is_left_unchanged(stores: &dyn LiveStores) {
    let keys = stores.keys();
    let state_only = a_record(None, Some(a_state(1_000)));
    keys.write(std::slice::from_ref(&state_only))
        .await
        .expect("the store is available");
    check_record(keys, &state_only).await;

    let position_only = LiveRecord {
        vehicle_id: state_only.vehicle_id,
        ..a_record(Some(a_position(1_001)), None)
    };
    keys.write(std::slice::from_ref(&position_only))
        .await
        .expect("the store is available");
    check_record(
        keys,
        &LiveRecord {
            state: state_only.state,
            ..position_only
        },
    )
    .await;
}

pub async fn unknown_vehicles_are_omitted(stores: &dyn LiveStores) {
    let keys = stores.keys();
    assert_eq!(
        keys.read(&[a_vehicle_id()])
            .await
            .expect("the store is available"),
        []
    );
    assert_eq!(keys.read(&[]).await.expect("the store is available"), []);
}

pub async fn a_forgotten_vehicle_is_unknown(stores: &dyn LiveStores) {
    let keys = stores.keys();
    let record = a_record(Some(a_position(1_000)), Some(a_state(1_000)));
    keys.activate(&[record.vehicle_id])
        .await
        .expect("the store is available");
    keys.write(std::slice::from_ref(&record))
        .await
        .expect("the store is available");
    keys.forget(&[record.vehicle_id])
        .await
        .expect("the store is available");
    assert_eq!(
        keys.read(&[record.vehicle_id])
            .await
            .expect("the store is available"),
        []
    );
}

pub async fn repeated_and_empty_commands_are_harmless(stores: &dyn LiveStores) {
    let keys = stores.keys();
    let id = a_vehicle_id();
    for _ in 0..2 {
        keys.activate(&[id]).await.expect("the store is available");
    }
    for _ in 0..2 {
        keys.deactivate(&[id]).await.expect("the store is available");
    }
    for _ in 0..2 {
        keys.forget(&[id]).await.expect("the store is available");
    }
    keys.write(&[]).await.expect("the store is available");
    keys.activate(&[]).await.expect("the store is available");
    keys.deactivate(&[]).await.expect("the store is available");
    keys.forget(&[]).await.expect("the store is available");
}

pub async fn the_newest_wins_when_servers_race(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let id = a_vehicle_id();
    let newest = 2_000;
    let record = |ms| LiveRecord {
        vehicle_id: id,
        ..a_record(Some(a_position(ms)), Some(a_state(ms)))
    };
    let upwards = async {
        for ms in 1_900..=newest {
            first.write(&[record(ms)]).await.expect("the store is available");
        }
    };
    let downwards = async {
        for ms in (1_900..newest).rev() {
            second.write(&[record(ms)]).await.expect("the store is available");
        }
    };
    futures::join!(upwards, downwards);
    check_record(first, &record(newest)).await;
}

/// Returns a record in the series that started at `series`, or in the first series if that is 0.
fn in_series(record: &LiveRecord, ms: i64, series: i64) -> LiveRecord {
    let began = (series > 0).then(|| Timestamp::from_unix_ms(series).expect("a time"));
    LiveRecord {
        vehicle_id: record.vehicle_id,
        series: Series {
            positions: began,
            states: began,
        },
        ..a_record(Some(a_position(ms)), Some(a_state(ms)))
    }
}

async fn written(keys: &dyn LiveKeys, record: &LiveRecord) -> bool {
    let overtaken = keys.write(std::slice::from_ref(record)).await;
    overtaken.expect("the store is available").is_empty()
}

pub async fn a_later_series_overwrites_newer_times(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let before = a_record(Some(a_position(900_000)), Some(a_state(900_000)));
    assert!(written(first, &before).await);
    let anew = in_series(&before, 5, 1_732_333_333_000);
    assert!(written(first, &anew).await);
    check_record(second, &anew).await;

    // The record of a server that does not know the new series is ignored and reported as overtaken.
    assert!(!written(second, &in_series(&before, 900_001, 0)).await);
    check_record(second, &anew).await;
    let next = in_series(&before, 6, 1_732_333_333_000);
    assert!(written(second, &next).await);
    check_record(first, &next).await;
}

pub async fn servers_that_detect_a_series_at_different_times_agree(stores: &dyn LiveStores) {
    let (first, second) = (stores.keys(), stores.neighbours_keys());
    let before = a_record(Some(a_position(900_000)), Some(a_state(900_000)));
    assert!(written(first, &before).await);
    let (earlier, later) = (1_732_333_333_000, 1_732_333_333_020);
    assert!(written(first, &in_series(&before, 20, earlier)).await);
    assert!(written(second, &in_series(&before, 15, later)).await);
    check_record(first, &in_series(&before, 15, later)).await;
    for ms in [21, 22] {
        assert!(written(first, &in_series(&before, ms, earlier)).await);
        check_record(second, &in_series(&before, ms, later)).await;
        assert!(written(second, &in_series(&before, ms - 2, later)).await);
        check_record(first, &in_series(&before, ms, later)).await;
    }
}

async fn check_record(keys: &dyn LiveKeys, expected: &LiveRecord) {
    let found = keys
        .read(&[expected.vehicle_id])
        .await
        .expect("the store is available");
    let [found] = &found[..] else {
        panic!("one record, not {found:?}")
    };
    assert_same_record(found, expected);
}

fn assert_same_record(found: &LiveRecord, expected: &LiveRecord) {
    match (&found.position, &expected.position) {
        (Some(found), Some(expected)) => assert_same_position(found, expected),
        (found, expected) => assert_eq!(found, expected),
    }
    assert_eq!(
        *found,
        LiveRecord {
            position: found.position.clone(),
            expires_in: found.expires_in,
            ..expected.clone()
        }
    );
}

fn a_record(position: Option<VehiclePosition>, state: Option<VehicleRuntimeState>) -> LiveRecord {
    let times = [
        position.as_ref().map(|position| position.timestamp),
        state.as_ref().map(|state| state.last_update_time),
    ];
    LiveRecord {
        vehicle_id: a_vehicle_id(),
        last_update: times.into_iter().flatten().max().unwrap_or(Timestamp::EPOCH),
        position,
        state,
        series: Series::default(),
        broken: BrokenParts::default(),
        expires_in: Duration::from_secs(3_600),
    }
}
