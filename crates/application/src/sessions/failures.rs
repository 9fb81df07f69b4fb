//! Who has failed to log in, so that others go first.

use std::time::Duration;

use moka::sync::Cache;

/// For how long it is known who has failed to log in.
const FAILURES_COUNT_FOR: Duration = Duration::from_secs(3_600);

/// From how many places and of how many accounts that is known.
const MAX_COUNTED: u64 = 100_000;

/// How often somebody has failed lately, by place, or by account and place. Each server counts for itself: the order
/// that it makes is that of its own queue.
pub(super) struct Failures(Cache<String, u32>);

impl Failures {
    pub(super) fn new() -> Self {
        let counts = Cache::builder()
            .max_capacity(MAX_COUNTED)
            .time_to_live(FAILURES_COUNT_FOR)
            .build();
        Self(counts)
    }

    pub(super) fn of(&self, whose: &str) -> u32 {
        self.0.get(whose).unwrap_or_default()
    }

    pub(super) fn count(&self, whose: String) {
        self.0
            .entry(whose)
            .and_upsert_with(|known| known.map_or(0, |known| known.into_value()).saturating_add(1));
    }
}
