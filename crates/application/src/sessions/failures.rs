//! Counts of failed log-ins, which lower the priority of further attempts.

use std::time::Duration;

use moka::sync::Cache;

/// Time after the latest failure at which a count expires.
const FAILURES_COUNT_FOR: Duration = Duration::from_secs(3_600);

/// Maximum number of counts.
const MAX_COUNTED: u64 = 100_000;

/// Counts recent failures by place, and by account and place. Each server counts separately, because the counts only
/// determine the order of its own queue.
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
