//! The contract of `PositionStore`.
//!
//! `port_contracts::position_store_contract!(my_stores);` generates a test for each check below. The argument is an
//! async function without arguments that returns [`LiveStores`].

use application::ports::PositionStore;
use domain::{VehicleId, telemetry::VehiclePosition};

pub use crate::live_stores::LiveStores;
use crate::live_stores::{a_position, a_vehicle_id, assert_same_position};

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! position_store_contract {
    ($($subject:tt)+) => {
        $crate::contract! { position_store, $($subject)+ =>
            a_vehicle_without_messages_has_no_position
            a_position_is_read_back
            the_newest_position_wins
            fields_missing_from_a_newer_position_are_cleared
            several_positions_are_read_at_once
            only_active_vehicles_are_among_all
        }
    };
}

pub async fn a_vehicle_without_messages_has_no_position(stores: &dyn LiveStores) {
    let store = stores.positions();
    assert_eq!(
        store
            .get_position(a_vehicle_id())
            .await
            .expect("the store is available"),
        None
    );
}

pub async fn a_position_is_read_back(stores: &dyn LiveStores) {
    let store = stores.positions();
    for (x, y, z) in [
        (0.0, 0.0, 0.0),
        (0.1 + 0.2, -1.0 / 3.0, 1e-300),
        (-9_999.999_999_9, 1e15, f64::MIN_POSITIVE),
    ] {
        let (id, position) = (
            a_vehicle_id(),
            VehiclePosition {
                x,
                y,
                z,
                ..a_position(1_000)
            },
        );
        assert!(
            store
                .set_position(id, &position)
                .await
                .expect("the store is available")
        );
        check_position(store, id, &position).await;
    }
}

pub async fn the_newest_position_wins(stores: &dyn LiveStores) {
    let store = stores.positions();
    let id = a_vehicle_id();
    let (old, new) = (
        a_position(1_000),
        VehiclePosition {
            x: 7.0,
            ..a_position(1_001)
        },
    );
    assert!(
        store
            .set_position(id, &new)
            .await
            .expect("the store is available")
    );
    assert!(
        !store
            .set_position(id, &old)
            .await
            .expect("the store is available"),
        "an older one is not stored"
    );
    check_position(store, id, &new).await;

    let corrected = VehiclePosition { x: 8.0, ..new };
    assert!(
        store
            .set_position(id, &corrected)
            .await
            .expect("the store is available"),
        "the later arrival wins"
    );
    check_position(store, id, &corrected).await;
}

pub async fn fields_missing_from_a_newer_position_are_cleared(stores: &dyn LiveStores) {
    let store = stores.positions();
    let id = a_vehicle_id();
    store
        .set_position(id, &a_position(1_000))
        .await
        .expect("the store is available");
    let nowhere = VehiclePosition {
        frame_id: None,
        map_id: None,
        ..a_position(1_001)
    };
    store
        .set_position(id, &nowhere)
        .await
        .expect("the store is available");
    check_position(store, id, &nowhere).await;
}

pub async fn several_positions_are_read_at_once(stores: &dyn LiveStores) {
    let store = stores.positions();
    let ids = [a_vehicle_id(), a_vehicle_id(), a_vehicle_id()];
    for id in &ids[..2] {
        store
            .set_position(*id, &a_position(1_000))
            .await
            .expect("the store is available");
    }
    let found = store.get_positions(&ids).await.expect("the store is available");
    assert_eq!(found.len(), 2);
    assert!(ids[..2].iter().all(|id| found.contains_key(id)));
    assert!(
        store
            .get_positions(&[])
            .await
            .expect("the store is available")
            .is_empty()
    );
}

pub async fn only_active_vehicles_are_among_all(stores: &dyn LiveStores) {
    let (store, keys) = (stores.positions(), stores.keys());
    let (active, inactive, silent) = (a_vehicle_id(), a_vehicle_id(), a_vehicle_id());
    keys.activate(&[active, inactive, silent])
        .await
        .expect("the store is available");
    keys.deactivate(&[inactive])
        .await
        .expect("the store is available");
    for id in [active, inactive] {
        store
            .set_position(id, &a_position(1_000))
            .await
            .expect("the store is available");
    }
    let all = store
        .get_all_active_positions()
        .await
        .expect("the store is available");
    assert!(all.contains_key(&active));
    assert!(!all.contains_key(&inactive) && !all.contains_key(&silent));
}

async fn check_position(store: &dyn PositionStore, id: VehicleId, expected: &VehiclePosition) {
    let found = store
        .get_position(id)
        .await
        .expect("the store is available")
        .expect("a position");
    assert_same_position(&found, expected);
}
