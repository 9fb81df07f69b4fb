//! The pace at which letters are replayed.

use std::{num::NonZero, time::Duration};

/// Maximum number of letters whose messages are published per second, so that a replay does not delay the messages from
/// robots.
const MAX_PER_S: u32 = 100;

/// Pace of a replay. It uses at most half of the rate that a vehicle is allowed (but at least one message per second),
/// because messages above the rate are lost, and the robot itself needs the rest. Letters that are rejected again are
/// not published, so they need no pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// Number of letters that are replayed together.
    pub(super) letters: usize,
    /// Pause after each such group of letters in which a message was published.
    pub(super) pause: Duration,
}

impl Pace {
    pub(super) fn below(max_messages_per_vehicle: NonZero<u32>) -> Self {
        let per_second = (max_messages_per_vehicle.get() / 2).clamp(1, MAX_PER_S);
        let letters = (per_second / 2).max(1);
        Self {
            letters: letters as usize,
            pause: Duration::from_secs(1) * letters / per_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(1, (1, 1_000))]
    #[case(4, (1, 500))]
    #[case(100, (25, 500))]
    #[case(200, (50, 500))]
    #[case(1_000_000, (50, 500))]
    fn half_of_the_rate_of_a_vehicle_is_left(#[case] max: u32, #[case] expected: (usize, u128)) {
        let pace = Pace::below(NonZero::new(max).expect("not 0"));
        assert_eq!((pace.letters, pace.pause.as_millis()), expected);
    }
}
