//! Quotas for calls. Each server keeps its own, so that no call waits for a shared counter. The combined quota of
//! several servers is therefore larger, which is acceptable.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use application::{Error, Result};
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};

use crate::{debts::Debts, payer::Payer};

/// Number of calls after which accounts with a full quota are removed from memory.
const TIDY_EVERY: u64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRules {
    /// Number of calls per second in the long run.
    pub per_second: NonZeroU32,
    /// Number of calls in a burst after a pause.
    pub burst: NonZeroU32,
}

impl QuotaRules {
    /// Returns rules for `factor` times as many calls.
    pub(crate) fn times(self, factor: NonZeroU32) -> Self {
        Self {
            per_second: self.per_second.saturating_mul(factor),
            burst: self.burst.saturating_mul(factor),
        }
    }
}

/// State of an account after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub(crate) burst: u32,
    pub(crate) per_second: u32,
    pub(crate) remaining: u32,
    /// Time until the rejected call may be made; `None` if it was allowed.
    pub(crate) retry_after: Option<Duration>,
}

impl Balance {
    #[must_use]
    pub const fn remaining(&self) -> u32 {
        self.remaining
    }

    /// Returns `Ok` if the call is allowed.
    ///
    /// # Errors
    /// Returns [`Error::RateLimited`] otherwise.
    pub fn into_result(self) -> Result<()> {
        match self.retry_after {
            Some(retry_after) => Err(Error::RateLimited {
                what: "requests",
                retry_after,
            }),
            None => Ok(()),
        }
    }

    /// Returns the time until the full quota is available again, in whole seconds.
    pub(crate) fn full_after_s(&self) -> u32 {
        (self.burst - self.remaining).div_ceil(self.per_second)
    }
}

type Limiter = RateLimiter<Payer, DashMapStateStore<Payer>, DefaultClock, StateInformationMiddleware>;

/// The quotas of all accounts. Clones share them.
#[derive(Clone)]
pub(crate) struct Quotas {
    rules: QuotaRules,
    limiter: Arc<Limiter>,
    debts: Arc<Debts>,
    calls: Arc<AtomicU64>,
}

impl Quotas {
    #[must_use]
    pub(crate) fn new(rules: QuotaRules) -> Self {
        let quota = Quota::per_second(rules.per_second).allow_burst(rules.burst);
        let limiter = RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>();
        Self {
            rules,
            limiter: Arc::new(limiter),
            debts: Arc::default(),
            calls: Arc::default(),
        }
    }

    /// Charges an account for a call that costs as much as `calls` ordinary ones, but at most the whole burst.
    pub(crate) fn charge(&self, payer: Payer, calls: NonZeroU32) -> Balance {
        if self.calls.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.limiter.retain_recent();
        }
        // Debts are paid first: only an account without debts may start another call.
        let owed = self.debts.pay(payer, |owed| self.take(payer, owed).0);
        if owed > 0 {
            let seconds = f64::from(owed) / f64::from(self.rules.per_second.get());
            return self.balance(0, Some(Duration::from_secs_f64(seconds)));
        }
        // Without the cap, an operation that costs more than a full quota could never run.
        let calls = calls.min(self.rules.burst);
        let balance = |remaining, retry_after| self.balance(remaining, retry_after);
        match self.limiter.check_key_n(&payer, calls) {
            Ok(Ok(state)) => balance(state.remaining_burst_capacity(), None),
            Ok(Err(denied)) => {
                let wait = denied.wait_time_from(DefaultClock::default().now());
                // The calls that are missing are refilled during the wait. A cheaper call may still be allowed.
                let missing = (wait.as_secs_f64() * f64::from(self.rules.per_second.get())).ceil() as u32;
                balance(calls.get().saturating_sub(missing), Some(wait))
            }
            // Unreachable: no call costs more than the burst.
            Err(_) => balance(0, Some(Duration::from_secs(1))),
        }
    }

    /// Charges an account for work that is already done. If the quota is too low, the rest becomes a debt, which must
    /// be paid before the next call. An account's debts are limited to one burst.
    pub(crate) fn owe(&self, payer: Payer, calls: NonZeroU32) -> Balance {
        let calls = calls.get().min(self.rules.burst.get());
        let (taken, remaining) = self.take(payer, calls);
        self.debts.add(payer, calls - taken, self.rules.burst.get());
        self.balance(remaining, None)
    }

    /// Takes up to `calls` from a quota; returns the numbers taken and left. The limiter takes all or nothing, so the
    /// step is halved whenever it is rejected.
    fn take(&self, payer: Payer, calls: u32) -> (u32, u32) {
        let (mut taken, mut remaining) = (0, 0);
        let mut step = calls;
        while let Some(some) = NonZeroU32::new(step.min(calls - taken)) {
            if let Ok(Ok(state)) = self.limiter.check_key_n(&payer, some) {
                taken += some.get();
                remaining = state.remaining_burst_capacity();
            } else {
                step /= 2;
            }
        }
        (taken, remaining)
    }

    const fn balance(&self, remaining: u32, retry_after: Option<Duration>) -> Balance {
        Balance {
            burst: self.rules.burst.get(),
            per_second: self.rules.per_second.get(),
            remaining,
            retry_after,
        }
    }
}

impl std::fmt::Debug for Quotas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quotas")
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: NonZeroU32 = NonZeroU32::MIN;

    fn quotas(per_second: u32, burst: u32) -> Quotas {
        let number = |n| NonZeroU32::new(n).expect("not zero");
        Quotas::new(QuotaRules {
            per_second: number(per_second),
            burst: number(burst),
        })
    }

    fn payer(address: &str) -> Payer {
        Payer::address(address.parse().expect("an address"))
    }

    #[test]
    fn each_account_has_a_burst_and_then_must_wait() {
        let quotas = quotas(1, 3);
        let remaining: Vec<u32> = (0..3)
            .map(|_| quotas.charge(payer("10.0.0.1"), ONE).remaining)
            .collect();
        assert_eq!(remaining, [2, 1, 0]);
        let denied = quotas.charge(payer("10.0.0.1"), ONE);
        let wait = denied.retry_after.expect("none is left");
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(
            quotas.charge(payer("10.0.0.2"), ONE).retry_after,
            None,
            "another account's quota is untouched"
        );
    }

    #[test]
    fn an_expensive_call_costs_at_most_the_whole_burst() {
        let quotas = quotas(1, 10);
        let all = NonZeroU32::new(1_000).expect("not zero");
        assert_eq!(quotas.charge(payer("10.0.0.1"), all).remaining, 0);
        assert!(quotas.charge(payer("10.0.0.1"), ONE).retry_after.is_some());
    }

    #[test]
    fn a_rejected_call_reports_the_calls_left() {
        let quotas = quotas(1, 10);
        let calls = |calls| NonZeroU32::new(calls).expect("not zero");
        quotas.charge(payer("10.0.0.1"), calls(7));
        let denied = quotas.charge(payer("10.0.0.1"), calls(5));
        assert!(denied.retry_after.is_some());
        assert_eq!(denied.remaining, 3);
        assert_eq!(quotas.charge(payer("10.0.0.1"), calls(3)).remaining, 0);
    }

    #[test]
    fn debts_are_paid_before_the_next_call() {
        let quotas = quotas(1, 10);
        let number = |n| NonZeroU32::new(n).expect("not zero");
        assert_eq!(quotas.charge(payer("10.0.0.1"), ONE).remaining, 9);
        assert_eq!(quotas.owe(payer("10.0.0.1"), number(4)).remaining, 5);
        assert_eq!(quotas.charge(payer("10.0.0.1"), ONE).remaining, 4);
        assert_eq!(quotas.owe(payer("10.0.0.1"), number(9)).remaining, 0);
        let wait = quotas.charge(payer("10.0.0.1"), ONE).retry_after;
        let wait = wait.expect("five are owed");
        assert!(
            wait > Duration::from_secs(3) && wait <= Duration::from_secs(5),
            "{wait:?}"
        );
        assert_eq!(
            quotas.charge(payer("10.0.0.2"), ONE).remaining,
            9,
            "another account has no debt"
        );
    }

    #[test]
    fn an_ipv6_network_is_one_account() {
        assert_eq!(payer("2001:db8:1:2::3"), payer("2001:db8:1:2:ffff::4"));
        assert_ne!(payer("2001:db8:1:2::3"), payer("2001:db8:1:3::3"));
        assert_ne!(payer("10.0.0.1"), payer("10.0.0.2"));
    }

    #[test]
    fn the_time_until_the_quota_is_full_is_rounded_up_to_seconds() {
        let balance = |remaining| Balance {
            burst: 1_000,
            per_second: 100,
            remaining,
            retry_after: None,
        };
        assert_eq!(balance(1_000).full_after_s(), 0);
        assert_eq!(balance(999).full_after_s(), 1);
        assert_eq!(balance(0).full_after_s(), 10);
    }
}
