//! Removal of rounding noise from converted numbers.

/// Returns the number with at most six decimal places that differs from `value` only by rounding noise, or `value`
/// itself if there is no such number.
///
/// Converting degrees to a quaternion and back, or a fraction to a percentage, changes the sixteenth digit: 90 becomes
/// 89.99999999999999. For such values, the tolerance is about a hundred rounding errors, far below the resolution of
/// any sensor.
pub(super) fn without_noise(value: f64) -> f64 {
    const GRID: f64 = 1e6;
    let nearest = (value * GRID).round() / GRID;
    let noise = 1e-13 + value.abs() * 1e-14;
    if (nearest - value).abs() <= noise {
        nearest
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_removed_and_digits_are_kept() {
        assert_eq!(without_noise(89.999_999_999_999_99), 90.0);
        assert_eq!(without_noise(57.999_999_999_999_99), 58.0);
        for number in [0.0, 33.333_333_333_333_336, 12.345_678_901, 1e-9, 87.5] {
            assert_eq!(without_noise(number), number);
        }
    }
}
