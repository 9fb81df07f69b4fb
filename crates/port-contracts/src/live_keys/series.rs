//! Series: a robot whose clock was set back starts anew.

use application::ports::{LiveKeys, LiveRecord, Series};
use domain::telemetry::Timestamp;

use super::record::{a_record, check_record};
use crate::live_stores::{LiveStores, a_position, a_state};

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
