//! Prediction of values from those before them. Only the errors of the predictions are stored.

/// A way to predict the next value of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Predictor {
    /// The first value of the page.
    First,
    /// The last value.
    Last,
    /// The continuation of a line through the last two values: exact for smooth motion.
    Line2,
    /// The continuation of the straight line that fits the last four values best. Longer lines amplify noise less.
    Line4,
    /// The continuation of the line that fits the last eight values best.
    Line8,
    /// The continuation of the line that fits the last twelve values best.
    Line12,
}

impl Predictor {
    /// All predictors, by their numbers in stored blocks.
    pub(crate) const ALL: [Self; 6] = [
        Self::First,
        Self::Last,
        Self::Line2,
        Self::Line4,
        Self::Line8,
        Self::Line12,
    ];

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// Appends the errors of the predictions of all values but the first to `errors`.
    pub(crate) fn errors(self, values: &[i64], errors: &mut Vec<i64>) {
        match self {
            Self::First => {
                errors.extend(values.iter().skip(1).map(|value| value.wrapping_sub(values[0])));
            }
            Self::Last => errors.extend(values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]))),
            Self::Line2 => line_errors::<2>(values, errors),
            Self::Line4 => line_errors::<4>(values, errors),
            Self::Line8 => line_errors::<8>(values, errors),
            Self::Line12 => line_errors::<12>(values, errors),
        }
    }

    /// Replaces the errors of predictions, all but the first of `values`, by the values.
    pub(crate) fn restore(self, values: &mut [i64]) {
        match self {
            Self::First => {
                if let Some((first, rest)) = values.split_first_mut() {
                    rest.iter_mut()
                        .for_each(|value| *value = value.wrapping_add(*first));
                }
            }
            Self::Last => {
                let mut last = 0_i64;
                for value in values {
                    last = last.wrapping_add(*value);
                    *value = last;
                }
            }
            Self::Line2 => restore_line::<2>(values),
            Self::Line4 => restore_line::<4>(values),
            Self::Line8 => restore_line::<8>(values),
            Self::Line12 => restore_line::<12>(values),
        }
    }

    /// Returns the predictor with the smallest errors for `values`.
    pub(crate) fn best(values: &[i64], errors: &mut Vec<i64>) -> Self {
        let cost = |predictor: Self, errors: &mut Vec<i64>| {
            errors.clear();
            predictor.errors(values, errors);
            // The number of bits that a value takes is about the logarithm of its error.
            errors
                .iter()
                .map(|error| (1.0 + error.unsigned_abs() as f32).log2())
                .sum::<f32>()
        };
        let mut best = (Self::First, f32::INFINITY);
        for predictor in Self::ALL {
            let cost = cost(predictor, errors);
            if cost < best.1 {
                best = (predictor, cost);
            }
        }
        best.0
    }
}

/// The straight line that fits the last `M` values best.
///
/// With the distances k = 1, 2, …, m to the next value, the line of least squares continues to the sum of the values
/// weighted by (4 m + 2 − 6 k) / (m (m − 1)). Values of hostile bytes may overflow, which is as harmless as any other
/// wrong value, but must be the same on both sides.
struct Line<const M: usize> {
    /// Sum of the values.
    sum: i64,
    /// Sum of the values, each multiplied by its distance.
    moment: i64,
}

impl<const M: usize> Line<M> {
    const COUNT: i64 = M as i64;

    fn through(values: &[i64; M]) -> Self {
        let mut line = Self { sum: 0, moment: 0 };
        for (&value, distance) in values.iter().rev().zip(1..) {
            line.sum = line.sum.wrapping_add(value);
            line.moment = line.moment.wrapping_add(value.wrapping_mul(distance));
        }
        line
    }

    /// Returns the continuation of the line, rounded.
    fn next(&self) -> i64 {
        let weighted = self
            .sum
            .wrapping_mul(4 * Self::COUNT + 2)
            .wrapping_sub(self.moment.wrapping_mul(6));
        let divisor = Self::COUNT * (Self::COUNT - 1);
        weighted.wrapping_add(divisor / 2).div_euclid(divisor)
    }

    /// Replaces the oldest value by a new one.
    fn advance(&mut self, oldest: i64, newest: i64) {
        self.moment = self
            .moment
            .wrapping_add(self.sum)
            .wrapping_sub(oldest.wrapping_mul(Self::COUNT + 1))
            .wrapping_add(newest);
        self.sum = self.sum.wrapping_sub(oldest).wrapping_add(newest);
    }
}

/// Predicts the value after `before`, which has fewer values than the predictor wants.
fn early(before: &[i64]) -> i64 {
    match *before {
        [] => 0,
        [only] => only,
        [.., second_last, last] => last.wrapping_mul(2).wrapping_sub(second_last),
    }
}

fn line_errors<const M: usize>(values: &[i64], errors: &mut Vec<i64>) {
    let early_values = 1..values.len().min(M);
    errors.extend(early_values.map(|index| values[index].wrapping_sub(early(&values[..index]))));
    let Some(first) = values.first_chunk::<M>() else {
        return;
    };
    let mut line = Line::through(first);
    errors.extend(values[M..].iter().zip(values).map(|(&value, &oldest)| {
        let error = value.wrapping_sub(line.next());
        line.advance(oldest, value);
        error
    }));
}

fn restore_line<const M: usize>(values: &mut [i64]) {
    for index in 1..values.len().min(M) {
        values[index] = values[index].wrapping_add(early(&values[..index]));
    }
    let Some(first) = values.first_chunk::<M>() else {
        return;
    };
    let mut line = Line::through(first);
    for index in M..values.len() {
        let value = values[index].wrapping_add(line.next());
        values[index] = value;
        line.advance(values[index - M], value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};
    use rstest::rstest;

    use super::*;

    fn errors(predictor: Predictor, values: &[i64]) -> Vec<i64> {
        let mut errors = Vec::new();
        predictor.errors(values, &mut errors);
        errors
    }

    #[rstest]
    #[case(Predictor::First, &[5, 5, 7], &[0, 2])]
    #[case(Predictor::Last, &[5, 6, 8], &[1, 2])]
    #[case(Predictor::Line2, &[5, 6, 8, 10], &[1, 1, 0])]
    #[case(Predictor::Line4, &[0, 10, 20, 30, 40, 50], &[10, 0, 0, 0, 0])]
    #[case(Predictor::Line8, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 0, 0, 0, 0, 0, 0, 0, 0])]
    #[case(Predictor::Line12, &[7], &[])]
    #[case(Predictor::Line12, &[], &[])]
    fn a_prediction_continues_the_values(
        #[case] predictor: Predictor,
        #[case] values: &[i64],
        #[case] expected: &[i64],
    ) {
        assert_eq!(errors(predictor, values), expected);
    }

    #[test]
    fn noise_needs_a_longer_line_than_smooth_motion() {
        let smooth: Vec<i64> = (0..200).map(|n| n * n).collect();
        let noisy: Vec<i64> = (0..200).map(|n| 10 * n + n * n * 7_919 % 13).collect();
        assert_eq!(Predictor::best(&smooth, &mut Vec::new()), Predictor::Line2);
        let best = Predictor::best(&noisy, &mut Vec::new());
        assert!(best.number() >= Predictor::Line8.number(), "{best:?}");
    }

    proptest! {
        #[test]
        fn values_are_restored_from_the_errors(values in vec(any::<i64>(), 1..50), number in 0..6_u8) {
            let predictor = Predictor::from_number(number).expect("a predictor");
            let mut restored = vec![values[0]];
            predictor.errors(&values, &mut restored);
            predictor.restore(&mut restored);
            prop_assert_eq!(restored, values);
        }
    }
}
