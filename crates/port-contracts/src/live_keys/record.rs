//! A record of live keys, and its comparison.

use std::time::Duration;

use application::ports::{BrokenParts, LiveKeys, LiveRecord, Series};
use domain::telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState};

use crate::live_stores::{a_vehicle_id, assert_same_position};

pub(super) fn a_record(position: Option<VehiclePosition>, state: Option<VehicleRuntimeState>) -> LiveRecord {
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

pub(super) async fn check_record(keys: &dyn LiveKeys, expected: &LiveRecord) {
    let found = keys
        .read(&[expected.vehicle_id])
        .await
        .expect("the store is available");
    let [found] = &found[..] else {
        panic!("one record, not {found:?}")
    };
    assert_same_record(found, expected);
}

pub(super) fn assert_same_record(found: &LiveRecord, expected: &LiveRecord) {
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
