//! Upper bounds for durations.

pub(super) const DAY_MS: u64 = 86_400_000;
pub(super) const DAY_S: u64 = 86_400;
pub(super) const YEAR_S: u64 = 366 * DAY_S;
