use std::{fmt, sync::Arc, time::Instant};

use application::trace::TraceParent;
use metrics::{Counter, counter};
use parking_lot::Mutex;

use super::budget::Budget;
use crate::metrics::names;

/// Sampler that decides, at the first span of a trace in this server, whether the trace is kept. All later spans follow
/// that decision.
///
/// | caller's decision | kept |
/// | --- | --- |
/// | sampled | within the budget |
/// | not sampled | never |
/// | no trace parent | by chance (the ratio), within the budget |
#[derive(Clone)]
pub struct HeadSampler {
    ratio: f64,
    budget: Arc<Mutex<Budget>>,
    over_budget: Counter,
}

impl HeadSampler {
    /// Creates a sampler that keeps a share of `ratio` (0 to 1) of the traces without a caller's decision. It keeps at
    /// most `max_per_second` traces per second, including those that a caller has decided to keep.
    #[must_use]
    pub fn new(ratio: f64, max_per_second: u32) -> Self {
        let budget = Arc::new(Mutex::new(Budget::new(max_per_second, Instant::now())));
        Self {
            ratio,
            budget,
            over_budget: counter!(names::TRACES_OVER_BUDGET_TOTAL),
        }
    }

    /// Returns `true` if the trace of a new message or request is kept.
    #[must_use]
    pub fn admits(&self, parent: Option<TraceParent>) -> bool {
        let is_wanted = parent.map_or_else(|| self.draw(), |parent| parent.sampled);
        // The order matters: a trace that is not wanted must take nothing from the budget.
        is_wanted && self.is_within_budget()
    }

    fn draw(&self) -> bool {
        self.ratio > 0.0 && rand::random::<f64>() < self.ratio
    }

    fn is_within_budget(&self) -> bool {
        let is_within = self.budget.lock().take(Instant::now());
        if !is_within {
            self.over_budget.increment(1);
        }
        is_within
    }
}

impl fmt::Debug for HeadSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadSampler")
            .field("ratio", &self.ratio)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn parent(sampled: bool) -> Option<TraceParent> {
        Some(TraceParent {
            trace_id: 1,
            span_id: 2,
            sampled,
        })
    }

    #[rstest]
    #[case::a_sampled_caller(0.0, parent(true), true)]
    #[case::a_caller_that_is_not_sampled(1.0, parent(false), false)]
    #[case::a_ratio_of_one(1.0, None, true)]
    #[case::a_ratio_of_zero(0.0, None, false)]
    fn the_caller_or_else_the_ratio_decides(
        #[case] ratio: f64,
        #[case] parent: Option<TraceParent>,
        #[case] expected: bool,
    ) {
        assert_eq!(HeadSampler::new(ratio, 100).admits(parent), expected);
    }

    #[test]
    fn the_ratio_is_kept_approximately() {
        let sampler = HeadSampler::new(0.1, 1_000_000);
        let kept = (0..10_000).filter(|_| sampler.admits(None)).count();
        // Ten standard deviations of a binomial distribution with n = 10,000 and p = 0.1 are 300.
        assert!((700..=1_300).contains(&kept), "{kept} of 10,000");
    }

    #[rstest]
    #[case::callers(parent(true), 0.0)]
    #[case::chance(None, 1.0)]
    fn clones_of_a_sampler_share_one_budget(#[case] parent: Option<TraceParent>, #[case] ratio: f64) {
        let began = Instant::now();
        let sampler = HeadSampler::new(ratio, 10);
        let samplers = [sampler.clone(), sampler];
        let kept = samplers
            .iter()
            .cycle()
            .take(1_000)
            .filter(|sampler| sampler.admits(parent))
            .count();
        let most = 10.0 + 10.0 * began.elapsed().as_secs_f64();
        assert!(
            (10..=most as usize).contains(&kept),
            "{kept} kept, at most {most} allowed"
        );
    }
}
