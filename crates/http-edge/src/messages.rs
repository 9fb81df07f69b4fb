//! How many messages a socket may send.

use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// How many seconds' worth of messages may come at once.
const BURST_S: u32 = 10;

/// What one socket's client may still say.
pub struct MessageBudget(DefaultDirectRateLimiter);

impl MessageBudget {
    /// So many messages a second in the long run, and ten times as many at once.
    #[must_use]
    pub fn new(per_second: NonZeroU32) -> Self {
        let burst = per_second.saturating_mul(const { NonZeroU32::new(BURST_S).expect("not zero") });
        Self(RateLimiter::direct(
            Quota::per_second(per_second).allow_burst(burst),
        ))
    }

    /// Counts one more; tells whether it is one too many.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.0.check().is_err()
    }
}

impl std::fmt::Debug for MessageBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MessageBudget")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_borne_and_a_flood_is_not() {
        let budget = MessageBudget::new(NonZeroU32::MIN);
        let spent: Vec<bool> = (0..12).map(|_| budget.is_spent()).collect();
        assert_eq!(spent.iter().filter(|spent| !**spent).count(), 10, "{spent:?}");
    }
}
