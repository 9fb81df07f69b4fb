//! How many malformed messages are borne.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// So many in [`WINDOW`] are borne.
const BORNE: usize = 20;
const WINDOW: Duration = Duration::from_secs(60);

/// The malformed messages of one client.
#[derive(Debug, Default)]
pub(crate) struct Misbehaviour {
    recent: VecDeque<Instant>,
}

impl Misbehaviour {
    /// Counts one more; tells whether it is one too many.
    pub(crate) fn is_too_much(&mut self, now: Instant) -> bool {
        while self
            .recent
            .front()
            .is_some_and(|&then| now.duration_since(then) >= WINDOW)
        {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.recent.len() > BORNE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_in_a_minute_are_borne() {
        let start = Instant::now();
        let mut misbehaviour = Misbehaviour::default();
        for second in 0..20 {
            assert!(!misbehaviour.is_too_much(start + Duration::from_secs(second)));
        }
        assert!(
            misbehaviour.is_too_much(start + Duration::from_secs(59)),
            "the 21st"
        );
        let later = start + Duration::from_secs(200);
        assert!(
            !misbehaviour.is_too_much(later),
            "a minute later all is forgotten"
        );
    }
}
