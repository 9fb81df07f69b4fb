//! Conversions between quantities and whole numbers.

/// Largest whole number of units that a quantity may have. Up to it, every whole number is an `f64`.
pub(crate) const MAX_UNITS: i64 = 1 << 53;

/// Units per metre, per m/s and per kg: 1 mm, 1 mm/s and 1 g.
pub(crate) const THOUSANDTHS: f64 = 1_000.0;

/// Units per degree and per percent.
pub(crate) const HUNDREDTHS: f64 = 100.0;

/// Error returned for a quantity that is not finite or has more than 2⁵³ units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field} is too large to be stored")]
pub struct OutOfRange {
    /// Name of the quantity.
    pub field: &'static str,
}

/// Returns the nearest whole number of units.
pub(crate) fn units(value: f64, per_unit: f64, field: &'static str) -> Result<i64, OutOfRange> {
    let scaled = value * per_unit;
    if scaled.abs() <= MAX_UNITS as f64 {
        // `as` truncates. Unlike `round`, this needs no call of a function on processors without that instruction.
        Ok((scaled + 0.5_f64.copysign(scaled)) as i64)
    } else {
        Err(OutOfRange { field })
    }
}

/// Returns the quantity of a whole number of units.
pub(crate) fn quantity(units: i64, per_unit: f64) -> f64 {
    units as f64 / per_unit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(1.2344, 1_234)]
    #[case(1.2346, 1_235)]
    #[case(-1.2346, -1_235)]
    #[case(0.0, 0)]
    #[case(-0.0, 0)]
    #[case(9_007_199_254_740.0, 9_007_199_254_740_000)]
    fn quantities_are_rounded_to_the_nearest_unit(#[case] metres: f64, #[case] millimetres: i64) {
        assert_eq!(units(metres, THOUSANDTHS, "x"), Ok(millimetres));
    }

    #[rstest]
    #[case(f64::NAN)]
    #[case(f64::INFINITY)]
    #[case(-1e13)]
    fn quantities_without_a_whole_number_are_refused(#[case] metres: f64) {
        assert_eq!(units(metres, THOUSANDTHS, "x"), Err(OutOfRange { field: "x" }));
    }

    proptest! {
        #[test]
        fn a_quantity_keeps_its_value_within_half_a_unit(metres in -1e9..1e9_f64) {
            let kept = quantity(units(metres, THOUSANDTHS, "x").expect("in range"), THOUSANDTHS);
            prop_assert!((kept - metres).abs() <= 0.000_500_1, "{metres} became {kept}");
            prop_assert_eq!(units(kept, THOUSANDTHS, "x"), units(metres, THOUSANDTHS, "x"));
        }
    }
}
