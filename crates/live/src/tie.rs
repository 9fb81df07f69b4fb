//! The order of different samples with the same time.
//!
//! Servers may have different positions or states with the same time: a robot repeats a time, or one of the servers has
//! missed a message, such as an odometry message that changes the speed of a state. All servers prefer the greater
//! sample, so that they converge. The order itself has no meaning.

use std::cmp::Ordering;

use domain::telemetry::{VehiclePosition, VehicleRuntimeState};

/// Maximum difference between numbers that are treated as equal. Rotations that are read back differ slightly, because
/// they are normalised again.
const ROUNDING: f64 = 1e-6;

/// Compares positions with the same time by their content.
pub(crate) fn order_of_positions(a: &VehiclePosition, b: &VehiclePosition) -> Ordering {
    let numbers = |position: &VehiclePosition| {
        let VehiclePosition {
            x, y, z, rotation, ..
        } = position;
        [*x, *y, *z, rotation.x(), rotation.y(), rotation.z(), rotation.w()]
    };
    order_of_numbers(numbers(a), numbers(b))
        .then_with(|| a.map_id.cmp(&b.map_id))
        .then_with(|| a.frame_id.cmp(&b.frame_id))
}

/// Compares states with the same time by their content.
pub(crate) fn order_of_states(a: &VehicleRuntimeState, b: &VehicleRuntimeState) -> Ordering {
    // Negative infinity stands for an unknown value, which is less than any other.
    let numbers = |state: &VehicleRuntimeState| {
        [
            state.current_speed(),
            state.battery_level().get(),
            state.current_load().unwrap_or(f64::NEG_INFINITY),
            state.temperature().unwrap_or(f64::NEG_INFINITY),
        ]
    };
    order_of_numbers(numbers(a), numbers(b))
        .then_with(|| a.status.cmp(&b.status))
        .then_with(|| a.error_codes().cmp(b.error_codes()))
}

fn order_of_numbers<const N: usize>(a: [f64; N], b: [f64; N]) -> Ordering {
    let pairs = a.into_iter().zip(b);
    pairs
        .map(|(a, b)| match (a - b).abs() <= ROUNDING {
            true => Ordering::Equal,
            false => a.total_cmp(&b),
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use domain::{
        telemetry::{ErrorCode, MapId, Rotation, Timestamp},
        vehicle::VehicleStatus,
    };

    use super::*;

    fn position(x: f64) -> VehiclePosition {
        VehiclePosition {
            x,
            y: 0.0,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: Timestamp::EPOCH,
            frame_id: None,
            map_id: None,
        }
    }

    #[test]
    fn different_positions_have_an_order() {
        let map = |name| MapId::new(name).ok();
        let on_map = |name| VehiclePosition {
            map_id: map(name),
            ..position(1.0)
        };
        let ascending = [
            position(0.5),
            position(1.0),
            on_map("a"),
            on_map("b"),
            position(1.5),
        ];
        for (n, a) in ascending.iter().enumerate() {
            for (m, b) in ascending.iter().enumerate() {
                // A difference in x is found before one in the map.
                assert_eq!(order_of_positions(a, b), n.cmp(&m), "{a:?} and {b:?}");
            }
        }
        let rounded = position(1.0 + 1e-9);
        assert_eq!(order_of_positions(&position(1.0), &rounded), Ordering::Equal);
    }

    #[test]
    fn different_states_have_an_order() {
        let state = |speed| VehicleRuntimeState::new(speed, 50.0, Timestamp::EPOCH).expect("in range");
        let ascending = [
            state(0.5),
            state(0.5).with_status(Some(VehicleStatus::Idle)),
            state(0.5).with_possible_temperature(Some(-10.0)),
            state(1.0),
            state(1.0).with_error_codes(ErrorCode::new("E1")),
        ];
        for (n, a) in ascending.iter().enumerate() {
            for (m, b) in ascending.iter().enumerate() {
                assert_eq!(order_of_states(a, b), n.cmp(&m), "{a:?} and {b:?}");
            }
        }
    }
}
