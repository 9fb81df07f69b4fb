//! The order of entries: their ids start with their times, in whole milliseconds.

use time::OffsetDateTime;
use uuid::Uuid;

const NS_PER_MS: i128 = 1_000_000;

/// Number of bits behind the time in an id (RFC 9562, section 5.7).
const BITS_BEHIND_TIME: u32 = 80;

/// Returns the time in an id.
pub(super) fn time_in(id: Uuid) -> OffsetDateTime {
    let ms = (id.as_u128() >> BITS_BEHIND_TIME) as i128;
    OffsetDateTime::from_unix_timestamp_nanos(ms * NS_PER_MS).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Returns the lower bound of the ids from `time` on. Ids with earlier times are less than this bound.
pub(crate) fn least_id_at(time: OffsetDateTime) -> Uuid {
    let ms = time.unix_timestamp_nanos().max(0).unsigned_abs();
    let ms = ms.div_ceil(NS_PER_MS.unsigned_abs());
    // This cannot overflow: the year 9999 needs 48 bits.
    Uuid::from_u128(ms << BITS_BEHIND_TIME)
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn ids_compare_to_a_time_like_their_own_times() {
        let id = Uuid::now_v7();
        let time = time_in(id);
        let (one_ms, one_us) = (Duration::milliseconds(1), Duration::microseconds(1));
        assert!((OffsetDateTime::now_utc() - time).abs() < Duration::seconds(10));
        for (edge, is_at_or_after) in [
            (time - one_ms, true),
            (time - one_us, true),
            (time, true),
            (time + one_us, false),
            (time + one_ms, false),
            (datetime!(0001-01-01 00:00 UTC), true),
            (datetime!(9999-12-31 23:59:59.999999 UTC), false),
        ] {
            assert_eq!(id >= least_id_at(edge), is_at_or_after, "{edge}");
            assert_eq!(time >= edge, is_at_or_after, "{edge}");
        }
    }
}
