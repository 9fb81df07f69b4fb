//! How a drive speeds up and slows down.

/// What a drive can do, in m/s².
#[derive(Debug, Clone, Copy)]
pub struct Drive {
    /// Speeding up.
    pub acceleration: f64,
    /// Slowing down without spilling the load.
    pub braking: f64,
}

/// Slowing down in an emergency, in m/s².
const HARD_BRAKING: f64 = 2.5;

impl Drive {
    /// The fastest that one may be to have slowed down to `then` (m/s) after `room` metres.
    pub fn speed_before(self, then: f64, room: f64) -> f64 {
        (then * then + 2.0 * self.braking * room.max(0.0)).sqrt()
    }

    /// The speed for the next `dt` seconds of who drives at `speed`, would like to drive at `wanted`, and has
    /// `room` metres to the place where it must stand. It never drives farther than that.
    pub fn next_speed(self, speed: f64, wanted: f64, room: f64, dt: f64) -> f64 {
        let comfortable = (speed + self.acceleration * dt)
            .min(wanted)
            .min(self.speed_before(0.0, room));
        let next = comfortable.max(speed - HARD_BRAKING * dt).min(room.max(0.0) / dt);
        // Nothing creeps: what is slower than this stands.
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
        fn nobody_drives_past_the_place_to_stand(room in 0.0..50.0f64, wanted in 0.1..5.0f64, dt in 0.01..0.2f64) {
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
