//! Orientations as unit quaternions.

use std::f64::consts::FRAC_PI_2;

use super::noise::without_noise;

/// Orientation of a vehicle as a unit quaternion: the rotation from the map's axes to the vehicle's. Both are
/// right-handed; the vehicle's x axis points forward, y left and z up (ROS REP 103).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rotation {
    x: f64,
    y: f64,
    z: f64,
    w: f64,
}

/// Reason why numbers do not describe a rotation.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum InvalidRotation {
    /// A number is NaN or infinite.
    #[error("must consist of finite numbers")]
    NotFinite,
    /// The norm differs from 1 by more than [`Rotation::NORM_TOLERANCE`]. It is 0 if the sender of a message did not
    /// set the quaternion.
    #[error("must have a norm within 0.1 of 1, not {0}")]
    NotUnit(f64),
}

impl Rotation {
    /// Identity rotation: the vehicle is level and faces along the map's x axis.
    pub const IDENTITY: Self = Self {
        x: 0.0,
        y: 0.0,
        z: 0.0,
        w: 1.0,
    };

    /// Maximum deviation of the norm from 1.
    pub const NORM_TOLERANCE: f64 = 0.1;
    /// Allowance for rounding errors: 1.1 − 1 is 0.10000000000000009.
    const NORM_ERROR: f64 = 1e-9;

    /// Returns the rotation that a quaternion describes, normalised to length 1.
    ///
    /// # Errors
    /// Fails if a component is not finite, or the norm differs from 1 by more than [`Rotation::NORM_TOLERANCE`].
    pub fn from_quaternion(x: f64, y: f64, z: f64, w: f64) -> Result<Self, InvalidRotation> {
        if ![x, y, z, w].iter().all(|part| part.is_finite()) {
            return Err(InvalidRotation::NotFinite);
        }
        let norm = (x * x + y * y + z * z + w * w).sqrt();
        // The norm of huge components overflows to infinity, which is rejected too.
        if (norm - 1.0).abs() > Self::NORM_TOLERANCE + Self::NORM_ERROR {
            return Err(InvalidRotation::NotUnit(norm));
        }
        Ok(Self {
            x: x / norm,
            y: y / norm,
            z: z / norm,
            w: w / norm,
        })
    }

    /// Returns the rotation by roll, pitch and yaw in radians, about the fixed axes x, y, z in this order (REP 103).
    ///
    /// # Errors
    /// Fails if an angle is not finite.
    pub fn from_euler(roll: f64, pitch: f64, yaw: f64) -> Result<Self, InvalidRotation> {
        if ![roll, pitch, yaw].iter().all(|angle| angle.is_finite()) {
            return Err(InvalidRotation::NotFinite);
        }
        let (sr, cr) = (roll / 2.0).sin_cos();
        let (sp, cp) = (pitch / 2.0).sin_cos();
        let (sy, cy) = (yaw / 2.0).sin_cos();
        Self::from_quaternion(
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
            cr * cp * cy + sr * sp * sy,
        )
    }

    /// Returns the rotation on level ground with this heading, in degrees counter-clockwise from the map's x axis.
    ///
    /// # Errors
    /// Fails if the heading is not finite.
    pub fn from_heading(degrees: f64) -> Result<Self, InvalidRotation> {
        if !degrees.is_finite() {
            return Err(InvalidRotation::NotFinite);
        }
        Self::from_euler(0.0, 0.0, (degrees % 360.0).to_radians())
    }

    /// Returns the x component of the quaternion.
    #[must_use]
    pub const fn x(&self) -> f64 {
        self.x
    }

    /// Returns the y component of the quaternion.
    #[must_use]
    pub const fn y(&self) -> f64 {
        self.y
    }

    /// Returns the z component of the quaternion.
    #[must_use]
    pub const fn z(&self) -> f64 {
        self.z
    }

    /// Returns the scalar component of the quaternion.
    #[must_use]
    pub const fn w(&self) -> f64 {
        self.w
    }

    /// Returns roll, pitch and yaw in radians about the fixed axes x, y, z. At pitch ±90°, where roll and yaw turn
    /// about the same axis, roll is 0.
    #[must_use]
    pub fn to_euler(&self) -> (f64, f64, f64) {
        let Self { x, y, z, w } = *self;
        let sin_pitch = 2.0 * (w * y - z * x);
        // Gimbal lock: both arguments of `atan2` for roll below would be rounding noise.
        if sin_pitch.abs() > 1.0 - 1e-12 {
            return (
                0.0,
                FRAC_PI_2.copysign(sin_pitch),
                -2.0 * x.atan2(w) * sin_pitch.signum(),
            );
        }
        let roll = (2.0 * (w * x + y * z)).atan2(1.0 - 2.0 * (x * x + y * y));
        (roll, sin_pitch.asin(), self.yaw())
    }

    /// Returns the rotation about the map's z axis in radians, from -π to π.
    #[must_use]
    pub fn yaw(&self) -> f64 {
        let Self { x, y, z, w } = *self;
        (2.0 * (w * z + x * y)).atan2(1.0 - 2.0 * (y * y + z * z))
    }

    /// Returns the yaw in degrees counter-clockwise from the map's x axis, in [0, 360) (REP 103).
    #[must_use]
    pub fn heading(&self) -> f64 {
        // The conversion of degrees to a quaternion and back leaves rounding noise.
        let degrees = without_noise(self.yaw().to_degrees().rem_euclid(360.0));
        // A tiny negative yaw becomes 360, which is the same heading as 0.
        if degrees >= 360.0 { 0.0 } else { degrees }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0.0, 0.0, 0.0, 1.0, 0.0)]
    #[case(0.0, 0.0, FRAC_1_SQRT_2, FRAC_1_SQRT_2, 90.0)]
    #[case(0.0, 0.0, 1.0, 0.0, 180.0)]
    #[case(0.0, 0.0, -FRAC_1_SQRT_2, FRAC_1_SQRT_2, 270.0)]
    #[case(0.0, 0.0, 0.1, 0.995, 11.478_1)]
    fn heading_is_counter_clockwise_from_x(
        #[case] x: f64,
        #[case] y: f64,
        #[case] z: f64,
        #[case] w: f64,
        #[case] degrees: f64,
    ) {
        let heading = Rotation::from_quaternion(x, y, z, w)
            .expect("a rotation")
            .heading();
        assert!((heading - degrees).abs() < 1e-3, "{heading}");
    }

    #[rstest]
    #[case(0.0, 0.0, 0.0, 0.0)]
    #[case(0.0, 0.0, 0.0, 0.899)]
    #[case(0.0, 0.0, 0.0, 1.101)]
    #[case(1e200, 1e200, 0.0, 1.0)]
    fn a_quaternion_far_from_length_1_is_rejected(
        #[case] x: f64,
        #[case] y: f64,
        #[case] z: f64,
        #[case] w: f64,
    ) {
        assert!(matches!(
            Rotation::from_quaternion(x, y, z, w),
            Err(InvalidRotation::NotUnit(_))
        ));
    }

    #[test]
    fn numbers_that_are_not_finite_are_rejected() {
        assert_eq!(
            Rotation::from_quaternion(f64::NAN, 0.0, 0.0, 1.0),
            Err(InvalidRotation::NotFinite)
        );
        assert_eq!(
            Rotation::from_euler(0.0, f64::INFINITY, 0.0),
            Err(InvalidRotation::NotFinite)
        );
        assert_eq!(Rotation::from_heading(f64::NAN), Err(InvalidRotation::NotFinite));
    }

    #[test]
    fn a_tiny_negative_heading_is_0() {
        for w in [0.9, 1.1, -1.1] {
            assert!(Rotation::from_quaternion(0.0, 0.0, 0.0, w).is_ok(), "{w}");
        }
        let rotation = Rotation::from_quaternion(0.0, 0.0, -1e-20, 1.0).expect("a rotation");
        assert_eq!(rotation.heading(), 0.0);
    }

    #[test]
    fn every_integer_heading_survives_the_conversion_exactly() {
        for degrees in 0..360 {
            let degrees = f64::from(degrees);
            for given in [degrees, degrees - 360.0, degrees + 720.0] {
                assert_eq!(Rotation::from_heading(given).expect("finite").heading(), degrees);
            }
        }
    }

    #[test]
    fn at_gimbal_lock_roll_is_0() {
        let (roll, pitch, yaw) = Rotation::from_euler(0.0, FRAC_PI_2, 0.5)
            .expect("a rotation")
            .to_euler();
        assert_eq!(roll, 0.0);
        assert!(
            (pitch - FRAC_PI_2).abs() < 1e-6 && (yaw - 0.5).abs() < 1e-6,
            "{pitch} {yaw}"
        );
    }

    proptest! {
        #[test]
        fn a_rotation_is_always_of_length_1(
            x in -1.0..1.0f64, y in -1.0..1.0f64, z in -1.0..1.0f64, w in -1.0..1.0f64, scale in 0.91..1.09f64,
        ) {
            let norm = (x * x + y * y + z * z + w * w).sqrt();
            prop_assume!(norm > 1e-3);
            let scale = scale / norm;
            let rotation = Rotation::from_quaternion(x * scale, y * scale, z * scale, w * scale).expect("in range");
            let Rotation { x, y, z, w } = rotation;
            prop_assert!(((x * x + y * y + z * z + w * w).sqrt() - 1.0).abs() < 1e-12);
            prop_assert!((0.0..360.0).contains(&rotation.heading()));
        }

        #[test]
        fn euler_angles_survive_the_conversion(roll in -PI..PI, pitch in -1.5..1.5f64, yaw in -PI..PI) {
            let (r, p, y) = Rotation::from_euler(roll, pitch, yaw).expect("finite").to_euler();
            let near = |a: f64, b: f64| (a - b).rem_euclid(2.0 * PI).min((b - a).rem_euclid(2.0 * PI)) < 1e-9;
            prop_assert!(near(r, roll) && near(p, pitch) && near(y, yaw), "{r} {p} {y}");
        }

        #[test]
        fn a_heading_of_up_to_six_decimals_survives_the_conversion_exactly(millionths in 0..360_000_000_u32) {
            let degrees = f64::from(millionths) / 1e6;
            prop_assert_eq!(Rotation::from_heading(degrees).expect("finite").heading(), degrees);
        }

        #[test]
        fn a_heading_survives_the_conversion(degrees in -1e6..1e6f64) {
            let heading = Rotation::from_heading(degrees).expect("finite").heading();
            let difference = (heading - degrees).rem_euclid(360.0);
            prop_assert!(difference.min(360.0 - difference) < 1e-6, "{heading}");
        }
    }
}
