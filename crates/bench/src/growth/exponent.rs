//! The exponent of a power law.

/// Returns the exponent b of the power law y = a · xᵇ that fits the points best, by least squares on the logarithms of
/// both coordinates. Returns `None` unless there are two points with different x. Points with a coordinate that is not
/// positive have no logarithm and are ignored.
pub(super) fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let logarithms: Vec<_> = points
        .iter()
        .filter(|(x, y)| *x > 0.0 && *y > 0.0)
        .map(|(x, y)| (x.ln(), y.ln()))
        .collect();
    let count = logarithms.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logarithms.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|(x, _)| *x), mean(|(_, y)| *y));
    let (mut together, mut of_x) = (0.0, 0.0);
    for (x, y) in &logarithms {
        together += (x - mean_x) * (y - mean_y);
        of_x += (x - mean_x).powi(2);
    }
    (of_x > 0.0).then(|| together / of_x)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn proportional_growth_has_the_exponent_one() {
        let points = [(1e3, 0.02), (1e4, 0.2), (1e5, 2.0)];
        assert!((exponent(&points).unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_constant_cost_has_the_exponent_zero() {
        let points = [(1e3, 0.5), (1e6, 0.5)];
        assert!(exponent(&points).unwrap().abs() < 1e-9);
    }

    #[test]
    fn the_sum_of_squares_is_least() {
        // The slopes between neighbours are 1 and 2; the line through all three has the slope between the outer ones.
        let points = [(1.0, 1.0), (10.0, 10.0), (100.0, 1_000.0)];
        assert!((exponent(&points).unwrap() - 1.5).abs() < 1e-9);
    }

    #[test]
    fn one_number_of_deliveries_has_no_exponent() {
        assert_eq!(exponent(&[]), None);
        assert_eq!(exponent(&[(10.0, 1.0)]), None);
        assert_eq!(exponent(&[(10.0, 1.0), (10.0, 2.0)]), None);
        assert_eq!(exponent(&[(10.0, 1.0), (100.0, 0.0), (0.0, 1.0)]), None);
    }

    proptest! {
        #[test]
        fn the_exponent_of_any_power_law_is_found(
            factor in 1e-6..1e6f64, expected in -2.0..3.0f64, xs in prop::collection::vec(1.0..1e6f64, 2..6),
        ) {
            prop_assume!(xs.iter().any(|x| x / xs[0] > 1.5 || xs[0] / x > 1.5));
            let points: Vec<_> = xs.iter().map(|x| (*x, factor * x.powf(expected))).collect();
            prop_assert!((exponent(&points).unwrap() - expected).abs() < 1e-6);
        }
    }
}
