//! Headings in hundredths of a degree.

/// A full turn.
pub(crate) const TURN: i64 = 36_000;

/// Returns the heading in [0, 36,000).
pub(crate) fn wrapped(heading: i64) -> i64 {
    heading.rem_euclid(TURN)
}

/// Turns headings into angles that continue beyond a full turn, so that driving through 0° is no jump.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unwrap {
    last: Option<i64>,
}

impl Unwrap {
    /// Returns the angle of the next heading: the one that is at most half a turn from the last angle.
    pub(crate) fn next(&mut self, heading: i64) -> i64 {
        let angle = match self.last {
            None => heading,
            Some(last) => last + (heading - last + TURN / 2).rem_euclid(TURN) - TURN / 2,
        };
        self.last = Some(angle);
        angle
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn an_angle_continues_through_zero() {
        let mut unwrap = Unwrap::default();
        let angles = [35_900, 100, 300, 35_800, 18_000].map(|heading| unwrap.next(heading));
        assert_eq!(angles, [35_900, 36_100, 36_300, 35_800, 18_000]);
    }

    proptest! {
        #[test]
        fn angles_are_wrapped_to_the_same_headings(headings in vec(0..TURN, 0..100)) {
            let mut unwrap = Unwrap::default();
            let mut last = None;
            for heading in headings {
                let angle = unwrap.next(heading);
                prop_assert_eq!(wrapped(angle), heading);
                prop_assert!(last.is_none_or(|last: i64| (angle - last).abs() <= TURN / 2));
                last = Some(angle);
            }
        }
    }
}
