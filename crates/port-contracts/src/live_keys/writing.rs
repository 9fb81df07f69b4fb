//! Writing, reading and forgetting of records.

use std::time::Duration;

use application::ports::LiveRecord;

use super::record::{a_record, assert_same_record, check_record};
use crate::live_stores::{LiveStores, a_position, a_state, a_vehicle_id};

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
