//! What every `StateStore` does.

use application::ports::StateStore;
use domain::{
    VehicleId,
    telemetry::{ErrorCode, Timestamp, VehicleRuntimeState},
    vehicle::VehicleStatus,
};

use super::position_store::a_vehicle_id;

/// Checks a store of runtime states.
///
/// # Panics
/// When the store breaks its contract.
pub async fn check(store: &dyn StateStore) {
    a_vehicle_that_never_spoke_has_no_state(store).await;
    a_state_is_read_back(store).await;
    the_newest_state_wins(store).await;
    what_a_newer_state_does_not_say_is_forgotten(store).await;
    several_states_are_read_at_once(store).await;
}

async fn a_vehicle_that_never_spoke_has_no_state(store: &dyn StateStore) {
    assert_eq!(
        store.get_state(a_vehicle_id()).await.expect("the store is there"),
        None
    );
}

async fn a_state_is_read_back(store: &dyn StateStore) {
    for &status in VehicleStatus::ALL {
        let (id, state) = (a_vehicle_id(), a_state(1_000).with_status(Some(status)));
        assert!(store.set_state(id, &state).await.expect("the store is there"));
        check_state(store, id, &state).await;
    }
}

async fn the_newest_state_wins(store: &dyn StateStore) {
    let id = a_vehicle_id();
    let (old, new) = (a_state(1_000), a_state(1_001).with_status(None));
    assert!(store.set_state(id, &new).await.expect("the store is there"));
    assert!(
        !store.set_state(id, &old).await.expect("the store is there"),
        "an older one is not stored"
    );
    check_state(store, id, &new).await;

    let corrected = new.with_status(Some(VehicleStatus::Error));
    assert!(
        store.set_state(id, &corrected).await.expect("the store is there"),
        "the later arrival wins"
    );
    check_state(store, id, &corrected).await;
}

async fn what_a_newer_state_does_not_say_is_forgotten(store: &dyn StateStore) {
    let id = a_vehicle_id();
    store
        .set_state(id, &a_state(1_000))
        .await
        .expect("the store is there");
    let short = VehicleRuntimeState::new(0.0, 50.0, at(1_001)).expect("a state");
    store.set_state(id, &short).await.expect("the store is there");
    check_state(store, id, &short).await;
}

async fn several_states_are_read_at_once(store: &dyn StateStore) {
    let ids = [a_vehicle_id(), a_vehicle_id(), a_vehicle_id()];
    for id in &ids[..2] {
        store
            .set_state(*id, &a_state(1_000))
            .await
            .expect("the store is there");
    }
    let found = store.get_states(&ids).await.expect("the store is there");
    assert_eq!(found.len(), 2);
    assert!(ids[..2].iter().all(|id| found.get(id) == Some(&a_state(1_000))));
    assert!(
        store
            .get_states(&[])
            .await
            .expect("the store is there")
            .is_empty()
    );
}

async fn check_state(store: &dyn StateStore, id: VehicleId, expected: &VehicleRuntimeState) {
    let found = store.get_state(id).await.expect("the store is there");
    assert_eq!(found.as_ref(), Some(expected));
}

pub(super) fn a_state(ms: i64) -> VehicleRuntimeState {
    VehicleRuntimeState::new(0.1 + 0.2, 87.5, at(ms))
        .and_then(|state| state.with_current_load(Some(12.25)))
        .and_then(|state| state.with_temperature(Some(-3.5)))
        .expect("a state")
        .with_error_codes(["E042", "süd \"quoted\""].map(|code| ErrorCode::new(code).expect("a code")))
        .with_status(Some(VehicleStatus::Moving))
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).expect("a time")
}
