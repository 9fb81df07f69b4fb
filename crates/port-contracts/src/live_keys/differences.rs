//! Comparison of the keys with their expected content.

use application::ports::{
    Differences, KeyFault, KeyPart, LiveKeys, LiveRecord, OutdatedKeys, Roll, RollMember,
};
use domain::{VehicleId, telemetry::Timestamp};

use super::record::a_record;
use crate::live_stores::{LiveStores, a_position, a_state};

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
