//! Stores of live data under test, and functions that their contracts share.

use application::ports::{LiveKeys, PositionStore, StateStore};
use domain::{
    VehicleId,
    telemetry::{ErrorCode, FrameId, MapId, Rotation, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::VehicleStatus,
};
use uuid::Uuid;

/// The stores under test.
pub trait LiveStores: Send + Sync {
    fn positions(&self) -> &dyn PositionStore;

    fn states(&self) -> &dyn StateStore;

    /// Returns the live keys, as one server accesses them.
    fn keys(&self) -> &dyn LiveKeys;

    /// Returns the same keys, as another server accesses them.
    fn neighbours_keys(&self) -> &dyn LiveKeys;
}

/// A store that is not shared between servers is its own neighbour.
impl<S: PositionStore + StateStore + LiveKeys> LiveStores for S {
    fn positions(&self) -> &dyn PositionStore {
        self
    }

    fn states(&self) -> &dyn StateStore {
        self
    }

    fn keys(&self) -> &dyn LiveKeys {
        self
    }

    fn neighbours_keys(&self) -> &dyn LiveKeys {
        self
    }
}

/// Checks that positions are equal. Each component of the rotation may differ by less than 1e-15.
pub(crate) fn assert_same_position(found: &VehiclePosition, expected: &VehiclePosition) {
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

pub(crate) fn a_vehicle_id() -> VehicleId {
    VehicleId::from_uuid(Uuid::now_v7())
}

pub(crate) fn a_position(ms: i64) -> VehiclePosition {
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

pub(crate) fn a_state(ms: i64) -> VehicleRuntimeState {
    VehicleRuntimeState::new(0.1 + 0.2, 87.5, at(ms))
        .and_then(|state| state.with_current_load(Some(12.25)))
        .and_then(|state| state.with_temperature(Some(-3.5)))
        .expect("a state")
        .with_error_codes(["E042", "süd \"quoted\""].map(|code| ErrorCode::new(code).expect("a code")))
        .with_status(Some(VehicleStatus::Moving))
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms).expect("a time")
}
