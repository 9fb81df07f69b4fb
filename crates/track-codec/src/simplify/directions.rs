//! Directions along which cones measure velocities.
//!
//! A vector whose component along each of the directions is at most `r × reach` is not longer than `r`. Together, the
//! directions describe a polygon or polyhedron inside of the circle or sphere with the radius `r`.

use std::f64::consts::FRAC_1_SQRT_2 as DIAGONAL;

/// √⅓, the components of the diagonal of a cube.
const CORNER: f64 = 0.577_350_269_189_625_8;

/// Directions of space: those to the faces, edges and corners of a cube.
pub(super) const SPATIAL: [[f64; 3]; 13] = [
    [1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [DIAGONAL, DIAGONAL, 0.0],
    [DIAGONAL, -DIAGONAL, 0.0],
    [DIAGONAL, 0.0, DIAGONAL],
    [DIAGONAL, 0.0, -DIAGONAL],
    [0.0, DIAGONAL, DIAGONAL],
    [0.0, DIAGONAL, -DIAGONAL],
    [CORNER, CORNER, CORNER],
    [CORNER, CORNER, -CORNER],
    [CORNER, -CORNER, CORNER],
    [CORNER, -CORNER, -CORNER],
];

/// Reach of [`SPATIAL`]: the reciprocal of the distance of the farthest corner of the polyhedron with the reach 1.
pub(super) const SPATIAL_REACH: f64 = 0.886;

/// cos(π / 8)
const COS: f64 = 0.923_879_532_511_286_7;

/// sin(π / 8)
const SIN: f64 = 0.382_683_432_365_089_8;

/// Directions of the plane, at equal angles.
pub(super) const PLANAR: [[f64; 2]; 8] = [
    [1.0, 0.0],
    [COS, SIN],
    [DIAGONAL, DIAGONAL],
    [SIN, COS],
    [0.0, 1.0],
    [-SIN, COS],
    [-DIAGONAL, DIAGONAL],
    [-COS, SIN],
];

/// Reach of [`PLANAR`]: cos(π / 16), rounded down.
pub(super) const PLANAR_REACH: f64 = 0.980_78;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_vector_of_length_1_reaches_along_a_direction(x in -1.0..1.0_f64, y in -1.0..1.0_f64, z in -1.0..1.0_f64) {
            let length = (x * x + y * y + z * z).sqrt();
            prop_assume!(length > 1e-3);
            let farthest = SPATIAL
                .iter()
                .map(|d| (d[0] * x + d[1] * y + d[2] * z).abs() / length)
                .fold(0.0, f64::max);
            prop_assert!(farthest >= SPATIAL_REACH, "only {farthest}");
            let length = (x * x + y * y).sqrt();
            prop_assume!(length > 1e-3);
            let farthest = PLANAR
                .iter()
                .map(|d| (d[0] * x + d[1] * y).abs() / length)
                .fold(0.0, f64::max);
            prop_assert!(farthest >= PLANAR_REACH, "only {farthest}");
        }
    }
}
