//! Mean and range of repeated measurements.

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub mean: f64,
    pub least: f64,
    pub most: f64,
}

impl Spread {
    /// Returns the spread of some values; `None` if there are none.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let first = *values.first()?;
        Some(Self {
            mean: values.iter().sum::<f64>() / values.len() as f64,
            least: values.iter().copied().fold(first, f64::min),
            most: values.iter().copied().fold(first, f64::max),
        })
    }

    /// Formats the spread of absolute values.
    pub(super) fn absolute(self) -> String {
        let Self { mean, least, most } = self;
        format!("{mean:.2} ({least:.2} to {most:.2})")
    }

    /// Formats the spread of differences in percent.
    pub(super) fn difference(self) -> String {
        let Self { mean, least, most } = self;
        format!("{mean:+.1} % ({least:+.1} to {most:+.1})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_the_mean_and_the_range() {
        let spread = Spread::of(&[2.0, -1.0, 5.0]).expect("there are values");
        assert_eq!(spread.absolute(), "2.00 (-1.00 to 5.00)");
        assert_eq!(spread.difference(), "+2.0 % (-1.0 to +5.0)");
        assert_eq!(Spread::of(&[]), None);
    }
}
