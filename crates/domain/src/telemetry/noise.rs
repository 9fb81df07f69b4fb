//! Numbers that lost their last digits on the way.

/// Returns the number of at most six decimals that lies within rounding noise of `value`, or `value` itself when none does.
///
/// A conversion there and back (degrees and quaternions, fractions and percentages) is wrong in the sixteenth digit: 90
/// comes back as 89.99999999999999. The distance allowed is a hundred times that of one rounding, and a thousandth of a
/// thousandth of what any sensor resolves.
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
    fn noise_is_taken_off_and_digits_stay() {
        assert_eq!(without_noise(89.999_999_999_999_99), 90.0);
        assert_eq!(without_noise(57.999_999_999_999_99), 58.0);
        for number in [0.0, 33.333_333_333_333_336, 12.345_678_901, 1e-9, 87.5] {
            assert_eq!(without_noise(number), number);
        }
    }
}
