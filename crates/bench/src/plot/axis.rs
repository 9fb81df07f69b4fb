//! Axes: the positions of values, and the values that are labelled.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use crate::report::grouped;

/// Maximum number of steps in the range of the values on a linear axis. Its ends are rounded to multiples of a step.
const STEPS: usize = 5;
/// Relative difference up to which values are treated as equal.
const ROUNDING: f64 = 1e-9;

/// Scale of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Includes zero, so that changes are shown in proportion.
    Linear,
    /// Leaves out zero and negative values.
    Logarithmic,
}

impl Scale {
    /// Returns `true` if a value has a position on the scale.
    pub(super) fn has(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Linear || value > 0.0)
    }
}

/// Axis of a chart. The range is derived from the values.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    /// Name of the quantity, with its unit.
    pub label: String,
    pub scale: Scale,
}

/// Part of a scale, from one value to another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Extent {
    scale: Scale,
    start: f64,
    end: f64,
}

impl Extent {
    /// Creates an extent that contains all values that have a position on the scale.
    pub(super) fn of(scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let (least, most) = values
            .filter(|value| scale.has(*value))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
                (least.min(value), most.max(value))
            });
        let (start, end) = match scale {
            _ if least > most => (1.0, 10.0),
            Scale::Linear => linear_ends(least, most),
            Scale::Logarithmic => logarithmic_ends(least, most),
        };
        Self { scale, start, end }
    }

    /// Returns the position of a value: 0 at the start, 1 at the end.
    fn place(&self, value: f64) -> f64 {
        let [start, end, value] = [self.start, self.end, value].map(|value| match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.ln(),
        });
        (value - start) / (end - start)
    }

    /// Returns at most `most` round values in the extent.
    fn ticks(&self, most: usize) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let step = step(self.end - self.start, most.saturating_sub(1).max(1));
                let first = (self.start / step - ROUNDING).ceil() as i64;
                let last = (self.end / step + ROUNDING).floor() as i64;
                (first..=last).map(|number| number as f64 * step).collect()
            }
            Scale::Logarithmic => {
                let marks = marks(self.start, self.end);
                if marks.len() <= most {
                    return marks;
                }
                let powers: Vec<_> = marks.into_iter().filter(|mark| is_power(*mark)).collect();
                let every = powers.len().div_ceil(most.max(1)).max(1);
                powers.into_iter().step_by(every).collect()
            }
        }
    }
}

impl Ranged for Extent {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        start + (f64::from(end - start) * self.place(*value)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.ticks(hint.max_num_points())
    }

    fn range(&self) -> Range<f64> {
        self.start..self.end
    }
}

/// Returns the label of a value on an axis.
pub(super) fn label_of(value: f64) -> String {
    // Further digits are rounding errors.
    let value = (value * 1e6).round() / 1e6;
    if value >= 1e3 && value.fract() == 0.0 {
        grouped(value as u64)
    } else {
        value.to_string()
    }
}

fn linear_ends(least: f64, most: f64) -> (f64, f64) {
    let (start, end) = (least.min(0.0), most.max(0.0));
    if start == end {
        return (0.0, 1.0);
    }
    let step = step(end - start, STEPS);
    let round_up = |length: f64| (length / step - ROUNDING).ceil() * step;
    // A negated zero would be labelled `-0`.
    let start = if start < 0.0 { -round_up(-start) } else { 0.0 };
    (start, round_up(end))
}

/// Returns the smallest step of 1, 2 or 5 times a power of ten that `length` contains at most `most` times.
fn step(length: f64, most: usize) -> f64 {
    let least = length / most as f64;
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|digit| digit * power);
    let fits = |step: &f64| *step >= least * (1.0 - ROUNDING);
    steps.into_iter().find(fits).unwrap_or(10.0 * power)
}

fn logarithmic_ends(least: f64, most: f64) -> (f64, f64) {
    let marks = marks(least / 10.0, most * 10.0);
    let start = marks
        .iter()
        .rfind(|mark| **mark <= least * (1.0 + ROUNDING))
        .copied()
        .unwrap_or(least);
    let end = marks
        .iter()
        .find(|mark| **mark >= most * (1.0 - ROUNDING) && **mark > start)
        .copied()
        .unwrap_or(most);
    (start, end)
}

/// Returns all products of 1, 2 or 5 and a power of ten from `start` to `end`.
fn marks(start: f64, end: f64) -> Vec<f64> {
    let (first, last) = (start.log10().floor() as i32, end.log10().ceil() as i32);
    let within = start * (1.0 - ROUNDING)..=end * (1.0 + ROUNDING);
    (first..=last)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
        .filter(|mark| within.contains(mark))
        .collect()
}

fn is_power(mark: f64) -> bool {
    let power = mark.log10();
    (power - power.round()).abs() < ROUNDING
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::zero_to_a_round_end(Scale::Linear, &[68.0, 71.5], 0.0..80.0)]
    #[case::negative_values(Scale::Linear, &[-3.0, 7.0], -4.0..8.0)]
    #[case::only_zeros(Scale::Linear, &[0.0], 0.0..1.0)]
    #[case::no_values(Scale::Linear, &[0.0; 0], 1.0..10.0)]
    #[case::marks(Scale::Logarithmic, &[1_500.0, 90_000.0], 1_000.0..100_000.0)]
    #[case::marks_between_powers(Scale::Logarithmic, &[0.3, 4.0], 0.2..5.0)]
    #[case::one_value(Scale::Logarithmic, &[100.0], 100.0..200.0)]
    #[case::values_without_a_place(Scale::Logarithmic, &[0.0, -1.0, f64::NAN, 3.0], 2.0..5.0)]
    fn an_axis_has_a_place_for_every_value(
        #[case] scale: Scale,
        #[case] values: &[f64],
        #[case] expected: Range<f64>,
    ) {
        let Range { start, end } = Extent::of(scale, values.iter().copied()).range();
        assert!((start - expected.start).abs() < 1e-6, "{start}");
        assert!((end - expected.end).abs() < 1e-6, "{end}");
    }

    fn labels(scale: Scale, values: &[f64], most: usize) -> String {
        let ticks = Extent::of(scale, values.iter().copied()).ticks(most);
        let labels: Vec<_> = ticks.into_iter().map(label_of).collect();
        labels.join(" ")
    }

    #[test]
    fn round_values_are_labelled() {
        let linear = |values: &[f64], most| labels(Scale::Linear, values, most);
        assert_eq!(linear(&[0.0, 30.0], 7), "0 5 10 15 20 25 30");
        assert_eq!(linear(&[0.0, 30.0], 4), "0 10 20 30");
        assert_eq!(linear(&[0.15], 6), "0 0.05 0.1 0.15");
        assert_eq!(linear(&[4_000.0], 5), "0 1,000 2,000 3,000 4,000");
        let logarithmic = |values: &[f64], most| labels(Scale::Logarithmic, values, most);
        assert_eq!(logarithmic(&[1.0, 100.0], 7), "1 2 5 10 20 50 100");
        assert_eq!(logarithmic(&[1.0, 100.0], 6), "1 10 100");
        assert_eq!(logarithmic(&[1.0, 1e5], 3), "1 100 10,000");
        assert_eq!(logarithmic(&[0.01, 0.1], 4), "0.01 0.02 0.05 0.1");
    }

    #[test]
    fn equal_distances_are_differences_or_ratios() {
        let place = |scale, value| Extent::of(scale, [1.0, 100.0].into_iter()).map(&value, (0, 1_000));
        assert_eq!(
            [0.0, 25.0, 100.0].map(|value| place(Scale::Linear, value)),
            [0, 250, 1_000]
        );
        assert_eq!(
            [1.0, 10.0, 100.0].map(|value| place(Scale::Logarithmic, value)),
            [0, 500, 1_000]
        );
    }

    #[test]
    fn an_axis_may_point_upwards() {
        let extent = Extent::of(Scale::Linear, [100.0].into_iter());
        assert_eq!(extent.map(&20.0, (300, 100)), 260);
    }
}
