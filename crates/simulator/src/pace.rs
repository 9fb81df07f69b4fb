//! Acceleration and braking of a drive.

/// Limits on the acceleration and braking of a drive, in m/s².
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drive {
    pub acceleration: f64,
    /// Deceleration of comfortable braking, which keeps the load in place.
    pub braking: f64,
}

/// Deceleration of emergency braking, in m/s².
const HARD_BRAKING: f64 = 2.5;

impl Drive {
    /// Returns the highest speed from which comfortable braking reduces the speed to `then` (m/s) within `room` metres:
    /// v² = then² + 2·braking·room.
    pub(crate) fn speed_before(self, then: f64, room: f64) -> f64 {
        (then * then + 2.0 * self.braking * room.max(0.0)).sqrt()
    }

    /// Returns the speed for the next `dt` seconds of a vehicle that drives at `speed`, aims for `wanted`, and has to
    /// stop within `room` metres. It never drives farther than `room`.
    pub(crate) fn next_speed(self, speed: f64, wanted: f64, room: f64, dt: f64) -> f64 {
        let comfortable = (speed + self.acceleration * dt)
            .min(wanted)
            .min(self.speed_before(0.0, room));
        // Braking is limited to `HARD_BRAKING` unless the vehicle would drive farther than `room`.
        let next = comfortable.max(speed - HARD_BRAKING * dt).min(room.max(0.0) / dt);
        // Round very low speeds to 0: otherwise the vehicle would creep forever.
        if next < 1e-3 { 0.0 } else { next }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DRIVE: Drive = Drive {
        acceleration: 0.8,
        braking: 0.8,
    };

    proptest! {
        #[test]
        fn a_vehicle_never_drives_beyond_its_room(room in 0.0..50.0f64, wanted in 0.1..5.0f64, dt in 0.01..0.2f64) {
            let (mut speed, mut left) = (0.0, room);
            for _ in 0..100_000 {
                speed = DRIVE.next_speed(speed, wanted, left, dt);
                prop_assert!((0.0..=wanted).contains(&speed));
                left -= speed * dt;
                prop_assert!(left >= -1e-9, "{left}");
                if speed == 0.0 {
                    break;
                }
            }
            prop_assert!(speed == 0.0 && left < 1e-3, "stands {left} m early");
        }
    }
}
