//! What every `PositionStore` does.

use application::ports::{LiveKeys, PositionStore};
use domain::{
    VehicleId,
    telemetry::{FrameId, MapId, Rotation, Timestamp, VehiclePosition},
};
use uuid::Uuid;

/// Checks a store of positions; `keys` tell it which vehicles are active.
///
/// # Panics
/// When the store breaks its contract.
pub async fn check(store: &dyn PositionStore, keys: &dyn LiveKeys) {
    a_vehicle_that_never_spoke_has_no_position(store).await;
    a_position_is_read_back(store).await;
    the_newest_position_wins(store).await;
    what_a_newer_position_does_not_say_is_forgotten(store).await;
    several_positions_are_read_at_once(store).await;
    only_active_vehicles_are_among_all(store, keys).await;
}

async fn a_vehicle_that_never_spoke_has_no_position(store: &dyn PositionStore) {
    assert_eq!(
        store
            .get_position(a_vehicle_id())
            .await
            .expect("the store is there"),
        None
    );
}

async fn a_position_is_read_back(store: &dyn PositionStore) {
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
                .expect("the store is there")
        );
        check_position(store, id, &position).await;
    }
}

async fn the_newest_position_wins(store: &dyn PositionStore) {
    let id = a_vehicle_id();
    let (old, new) = (
        a_position(1_000),
        VehiclePosition {
            x: 7.0,
            ..a_position(1_001)
        },
    );
    assert!(store.set_position(id, &new).await.expect("the store is there"));
    assert!(
        !store.set_position(id, &old).await.expect("the store is there"),
        "an older one is not stored"
    );
    check_position(store, id, &new).await;

    let corrected = VehiclePosition { x: 8.0, ..new };
    assert!(
        store
            .set_position(id, &corrected)
            .await
            .expect("the store is there"),
        "the later arrival wins"
    );
    check_position(store, id, &corrected).await;
}

async fn what_a_newer_position_does_not_say_is_forgotten(store: &dyn PositionStore) {
    let id = a_vehicle_id();
    store
        .set_position(id, &a_position(1_000))
        .await
        .expect("the store is there");
    let nowhere = VehiclePosition {
        frame_id: None,
        map_id: None,
        ..a_position(1_001)
    };
    store
        .set_position(id, &nowhere)
        .await
        .expect("the store is there");
    check_position(store, id, &nowhere).await;
}

async fn several_positions_are_read_at_once(store: &dyn PositionStore) {
    let ids = [a_vehicle_id(), a_vehicle_id(), a_vehicle_id()];
    for id in &ids[..2] {
        store
            .set_position(*id, &a_position(1_000))
            .await
            .expect("the store is there");
    }
    let found = store.get_positions(&ids).await.expect("the store is there");
    assert_eq!(found.len(), 2);
    assert!(ids[..2].iter().all(|id| found.contains_key(id)));
    assert!(
        store
            .get_positions(&[])
            .await
            .expect("the store is there")
            .is_empty()
    );
}

async fn only_active_vehicles_are_among_all(store: &dyn PositionStore, keys: &dyn LiveKeys) {
    let (active, inactive, silent) = (a_vehicle_id(), a_vehicle_id(), a_vehicle_id());
    keys.activate(&[active, inactive, silent])
        .await
        .expect("the store is there");
    keys.deactivate(&[inactive]).await.expect("the store is there");
    for id in [active, inactive] {
        store
            .set_position(id, &a_position(1_000))
            .await
            .expect("the store is there");
    }
    let all = store
        .get_all_active_positions()
        .await
        .expect("the store is there");
    assert!(all.contains_key(&active));
    assert!(!all.contains_key(&inactive) && !all.contains_key(&silent));
}

async fn check_position(store: &dyn PositionStore, id: VehicleId, expected: &VehiclePosition) {
    let found = store
        .get_position(id)
        .await
        .expect("the store is there")
        .expect("a position");
    assert_same_position(&found, expected);
}

/// Fails unless the two are equal; a rotation may differ by the rounding of one normalisation.
///
/// # Panics
/// When they are not equal.
pub fn assert_same_position(found: &VehiclePosition, expected: &VehiclePosition) {
    let parts = |r: &Rotation| [r.x(), r.y(), r.z(), r.w()];
    let off = parts(&found.rotation)
        .into_iter()
        .zip(parts(&expected.rotation))
        .map(|(a, b)| (a - b).abs());
    assert!(
        off.into_iter().all(|off| off < 1e-15),
        "{:?} is not {:?}",
        found.rotation,
        expected.rotation
    );
    assert_eq!(
        *found,
        VehiclePosition {
            rotation: found.rotation,
            ..expected.clone()
        }
    );
}

pub(super) fn a_vehicle_id() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

pub(super) fn a_position(ms: i64) -> VehiclePosition {
    VehiclePosition {
        x: 1.25,
        y: -2.5,
        z: 0.0,
        rotation: Rotation::from_heading(33.3).expect("an angle"),
        timestamp: Timestamp::from_unix_ms(ms).expect("a time"),
        frame_id: Some(FrameId::new("map").expect("a name")),
        map_id: Some(MapId::new("floor-1").expect("a name")),
    }
}
