use std::time::{Duration, Instant};

/// Token bucket with a rate per second, and a capacity of one second's tokens.
#[derive(Debug)]
pub(super) struct Budget {
    per_second: f64,
    tokens: f64,
    refilled_at: Instant,
}

impl Budget {
    /// Creates a full bucket.
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            tokens: per_second,
            refilled_at: now,
        }
    }

    /// Takes a token; returns `false` if there is none.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.refilled_at);
        self.tokens = (self.tokens + self.gained_in(elapsed)).min(self.per_second);
        self.refilled_at = self.refilled_at.max(now);
        let is_there = self.tokens >= 1.0;
        if is_there {
            self.tokens -= 1.0;
        }
        is_there
    }

    fn gained_in(&self, elapsed: Duration) -> f64 {
        self.per_second * elapsed.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(budget: &mut Budget, wanted: u32, now: Instant) -> u32 {
        (0..wanted).map(|_| u32::from(budget.take(now))).sum()
    }

    #[test]
    fn a_burst_gets_at_most_one_seconds_tokens() {
        let now = Instant::now();
        assert_eq!(taken(&mut Budget::new(100, now), 1_000, now), 100);
    }

    #[test]
    fn an_empty_bucket_fills_at_its_rate() {
        let now = Instant::now();
        let mut budget = Budget::new(100, now);
        taken(&mut budget, 100, now);
        assert_eq!(taken(&mut budget, 1_000, now + Duration::from_millis(255)), 25);
    }

    #[test]
    fn a_long_pause_does_not_exceed_the_capacity() {
        let now = Instant::now();
        let mut budget = Budget::new(10, now);
        assert_eq!(taken(&mut budget, 1_000, now + Duration::from_secs(3_600)), 10);
    }

    #[test]
    fn times_out_of_order_do_not_refill_twice() {
        let now = Instant::now();
        let mut budget = Budget::new(10, now);
        taken(&mut budget, 10, now + Duration::from_secs(1));
        assert_eq!(taken(&mut budget, 10, now), 0);
        assert_eq!(taken(&mut budget, 10, now + Duration::from_secs(1)), 0);
    }

    #[test]
    fn a_rate_of_zero_has_no_tokens() {
        let now = Instant::now();
        assert_eq!(
            taken(&mut Budget::new(0, now), 10, now + Duration::from_secs(10)),
            0
        );
    }
}
