//! Growth of memory over a run.

/// The first of this many equal parts of the readings is dropped: the number of visitors, the caches and the pools are
/// still growing.
const WARM_UP: usize = 10;
/// The medians of the first and the last of this many equal parts of the remaining readings are compared.
const COMPARED: usize = 4;
/// Growth that is tolerated in proportion to the memory, in percent: the allocator keeps some pages after a burst, and
/// their number depends on earlier bursts.
const TOLERATED_PERCENT: u64 = 5;
/// Growth that is tolerated in addition, in bytes: the memory of a small process varies by more than that percentage.
///
/// In half an hour, 24,000 visitors arrive between the middles of the two parts. With about 80 MiB, a growth of 8 MiB
/// is tolerated, so a leak of 400 bytes per visitor is found. Every socket, subscriber and room takes more than that.
const TOLERATED_BYTES: u64 = 4 << 20;

/// Medians of the memory at the beginning and at the end of a run, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Growth {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Growth {
    /// Computes the medians of readings at equal intervals; `None` if there are too few.
    pub(super) fn of(bytes: impl IntoIterator<Item = u64>) -> Option<Self> {
        let bytes: Vec<_> = bytes.into_iter().collect();
        let bytes = &bytes[bytes.len().div_ceil(WARM_UP)..];
        let compared = bytes.len() / COMPARED;
        Some(Self {
            first: median(&bytes[..compared])?,
            last: median(&bytes[bytes.len() - compared..])?,
        })
    }

    /// Returns `true` if the growth is within the tolerance.
    pub(super) const fn is_flat(self) -> bool {
        self.last <= self.first + self.first * TOLERATED_PERCENT / 100 + TOLERATED_BYTES
    }
}

/// Returns the median, or the upper one of two middle numbers; `None` if there are no numbers.
fn median(numbers: &[u64]) -> Option<u64> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn the_first_and_the_last_quarter_are_compared_after_the_warm_up() {
        // The first ten of 100 readings are dropped, and 22 are a quarter of the others.
        let readings = (0..100).map(|n| match n {
            0..10 => 1,
            10..32 => 20,
            78.. => 40,
            _ => 1_000,
        });
        assert_eq!(Growth::of(readings), Some(Growth { first: 20, last: 40 }));
    }

    #[test]
    fn single_peaks_do_not_count() {
        let readings = (0..100).map(|n| if n % 10 == 0 { 900 * MIB } else { 80 * MIB });
        let growth = Growth::of(readings).unwrap();
        assert_eq!((growth.first, growth.last), (80 * MIB, 80 * MIB));
    }

    #[rstest]
    #[case::constant(100, 100, true)]
    #[case::smaller(100, 50, true)]
    #[case::at_the_limit(100, 109, true)]
    #[case::above_the_limit(100, 110, false)]
    #[case::small_at_the_limit(20, 25, true)]
    #[case::small_above_the_limit(20, 26, false)]
    fn memory_may_grow_by_5_percent_and_4_mib(#[case] first: u64, #[case] last: u64, #[case] is_flat: bool) {
        let growth = Growth {
            first: first * MIB,
            last: last * MIB,
        };
        assert_eq!(growth.is_flat(), is_flat);
    }

    #[test]
    fn a_leak_of_half_a_kibibyte_per_visitor_is_found_in_half_an_hour() {
        let leaking = |bytes_per_visitor: u64| {
            let readings = (0..1_800_u64).map(|second| 80 * MIB + second * 20 * bytes_per_visitor);
            !Growth::of(readings).unwrap().is_flat()
        };
        assert!(leaking(512));
        assert!(!leaking(256));
    }

    #[test]
    fn a_few_readings_have_no_quarters() {
        assert_eq!(Growth::of([]), None);
        assert_eq!(Growth::of([1, 2, 3]), None);
    }
}
