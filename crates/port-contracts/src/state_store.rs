//! The contract of `StateStore`.
//!
//! `port_contracts::state_store_contract!(my_stores);` generates a test for each check below. The argument is an async
//! function without arguments that returns [`LiveStores`].

use application::ports::StateStore;
use domain::{VehicleId, telemetry::VehicleRuntimeState, vehicle::VehicleStatus};

pub use crate::live_stores::LiveStores;
use crate::live_stores::{a_state, a_vehicle_id, at};

/// Generates a test for each check of the contract; with `all_on`, runs all checks on one subject in the current test.
#[macro_export]
macro_rules! state_store_contract {
    ($($subject:tt)+) => {
        $crate::contract! { state_store, $($subject)+ =>
            a_vehicle_without_messages_has_no_state
            a_state_is_read_back
            the_newest_state_wins
            fields_missing_from_a_newer_state_are_cleared
            several_states_are_read_at_once
        }
    };
}

pub async fn a_vehicle_without_messages_has_no_state(stores: &dyn LiveStores) {
    let store = stores.states();
    assert_eq!(
        store
            .get_state(a_vehicle_id())
            .await
            .expect("the store is available"),
        None
    );
}

pub async fn a_state_is_read_back(stores: &dyn LiveStores) {
    let store = stores.states();
    for &status in VehicleStatus::ALL {
        let (id, state) = (a_vehicle_id(), a_state(1_000).with_status(Some(status)));
        assert!(store.set_state(id, &state).await.expect("the store is available"));
        check_state(store, id, &state).await;
    }
}

pub async fn the_newest_state_wins(stores: &dyn LiveStores) {
    let store = stores.states();
    let id = a_vehicle_id();
    let (old, new) = (a_state(1_000), a_state(1_001).with_status(None));
    assert!(store.set_state(id, &new).await.expect("the store is available"));
    assert!(
        !store.set_state(id, &old).await.expect("the store is available"),
        "an older one is not stored"
    );
    check_state(store, id, &new).await;

    let corrected = new.with_status(Some(VehicleStatus::Error));
    assert!(
        store
            .set_state(id, &corrected)
            .await
            .expect("the store is available"),
        "the later arrival wins"
    );
    check_state(store, id, &corrected).await;
}

pub async fn fields_missing_from_a_newer_state_are_cleared(stores: &dyn LiveStores) {
    let store = stores.states();
    let id = a_vehicle_id();
    store
        .set_state(id, &a_state(1_000))
        .await
        .expect("the store is available");
    let short = VehicleRuntimeState::new(0.0, 50.0, at(1_001)).expect("a state");
    store.set_state(id, &short).await.expect("the store is available");
    check_state(store, id, &short).await;
}

pub async fn several_states_are_read_at_once(stores: &dyn LiveStores) {
    let store = stores.states();
    let ids = [a_vehicle_id(), a_vehicle_id(), a_vehicle_id()];
    for id in &ids[..2] {
        store
            .set_state(*id, &a_state(1_000))
            .await
            .expect("the store is available");
    }
    let found = store.get_states(&ids).await.expect("the store is available");
    assert_eq!(found.len(), 2);
    assert!(ids[..2].iter().all(|id| found.get(id) == Some(&a_state(1_000))));
    assert!(
        store
            .get_states(&[])
            .await
            .expect("the store is available")
            .is_empty()
    );
}

async fn check_state(store: &dyn StateStore, id: VehicleId, expected: &VehicleRuntimeState) {
    let found = store.get_state(id).await.expect("the store is available");
    assert_eq!(found.as_ref(), Some(expected));
}
