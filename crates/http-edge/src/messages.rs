//! Limits on the messages of a socket.

use std::{num::NonZeroU32, time::Duration};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// Size of a burst: the number of messages that the long-run rate allows in this number of seconds.
const BURST_S: u32 = 10;

/// Maximum number of malformed messages in a burst.
const MALFORMED: NonZeroU32 = const { NonZeroU32::new(20).expect("not zero") };
/// Time after which one more malformed message is allowed, so that twenty a minute are always tolerated.
const MALFORMED_PERIOD: Duration = Duration::from_secs(3);

/// Budget for messages of one kind on one socket.
pub struct MessageBudget(DefaultDirectRateLimiter);

impl MessageBudget {
    /// Creates a budget of `per_second` messages in the long run, and ten times as many in a burst.
    #[must_use]
    pub fn new(per_second: NonZeroU32) -> Self {
        let burst = per_second.saturating_mul(const { NonZeroU32::new(BURST_S).expect("not zero") });
        Self(RateLimiter::direct(
            Quota::per_second(per_second).allow_burst(burst),
        ))
    }

    #[must_use]
    pub fn malformed() -> Self {
        let quota = Quota::with_period(MALFORMED_PERIOD).expect("the period is not zero");
        Self(RateLimiter::direct(quota.allow_burst(MALFORMED)))
    }

    /// Counts one more message; returns `true` if it exceeds the budget.
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

    fn spent(budget: &MessageBudget, messages: usize) -> usize {
        (0..messages).filter(|_| budget.is_spent()).count()
    }

    #[test]
    fn a_burst_is_tolerated_and_a_flood_is_not() {
        assert_eq!(spent(&MessageBudget::new(NonZeroU32::MIN), 12), 2);
    }

    #[test]
    fn twenty_malformed_messages_are_tolerated_and_more_are_not() {
        assert_eq!(spent(&MessageBudget::malformed(), 21), 1);
    }
}
