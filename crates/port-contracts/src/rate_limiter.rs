//! The contract of `RateLimiter`.
//!
//! `port_contracts::rate_limiter_contract!(my_limiter);` generates a test for each check below. The argument is an
//! async function without arguments that returns a new limiter.

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use application::ports::{Admission, Quota, RateLimiter};
use futures::future::join_all;

/// Generates a test for each check of the contract.
#[macro_export]
macro_rules! rate_limiter_contract {
    ($limiter:expr) => {
        $crate::contract! { rate_limiter, $limiter =>
            a_burst_is_granted_and_then_denied
            a_caller_that_waits_the_retry_time_is_granted
            the_whole_burst_is_available_after_the_period
            a_denial_costs_nothing
            buckets_do_not_share
            a_bucket_may_have_any_name
            concurrent_callers_get_exactly_the_burst
        }
    };
}

type Limiter = Arc<dyn RateLimiter>;

/// Period that is too long for a bucket to refill during a test.
const LONG: Duration = Duration::from_secs(3_600);
/// Period that is short enough for a test to wait for.
const SHORT: Duration = Duration::from_millis(200);

const fn quota(burst: u32, period: Duration) -> Quota {
    let burst = NonZeroU32::new(burst).expect("a positive burst");
    Quota { burst, period }
}

async fn is_granted(limiter: &Limiter, bucket: &str, quota: Quota) -> bool {
    matches!(limiter.take(bucket, quota).await, Admission::Granted { .. })
}

/// Takes calls until one is denied, and returns the time to wait. On a slow machine, the bucket may refill in the
/// meantime.
async fn drain(limiter: &Limiter, bucket: &str, quota: Quota) -> Duration {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if let Admission::Denied { retry_after } = limiter.take(bucket, quota).await {
            assert!(retry_after > Duration::ZERO);
            assert!(retry_after <= quota.period / quota.burst.get(), "{retry_after:?}");
            return retry_after;
        }
    }
    panic!("no call from the bucket {bucket:?} was denied in time");
}

/// Checks that each granted call reports the number of remaining calls.
pub async fn a_burst_is_granted_and_then_denied(limiter: &Limiter) {
    let quota = quota(5, LONG);
    for remaining in (0..5).rev() {
        let admission = limiter.take("bucket", quota).await;
        assert_eq!(admission, Admission::Granted { remaining });
    }
    let left = drain(limiter, "bucket", quota).await;
    assert!(
        left > quota.period / 10,
        "most of the wait is still to come: {left:?}"
    );
}

pub async fn a_caller_that_waits_the_retry_time_is_granted(limiter: &Limiter) {
    let quota = quota(3, SHORT);
    for _ in 0..3 {
        let retry_after = drain(limiter, "bucket", quota).await;
        tokio::time::sleep(retry_after).await;
        assert!(
            is_granted(limiter, "bucket", quota).await,
            "after {retry_after:?}"
        );
    }
}

pub async fn the_whole_burst_is_available_after_the_period(limiter: &Limiter) {
    let quota = quota(4, SHORT);
    drain(limiter, "bucket", quota).await;
    tokio::time::sleep(quota.period).await;
    for number in 0..4 {
        assert!(is_granted(limiter, "bucket", quota).await, "number {number}");
    }
}

/// Checks that a caller that tries again too early does not have to wait longer.
pub async fn a_denial_costs_nothing(limiter: &Limiter) {
    let quota = quota(1, LONG);
    assert!(is_granted(limiter, "bucket", quota).await);
    let first = drain(limiter, "bucket", quota).await;
    for _ in 0..20 {
        let later = drain(limiter, "bucket", quota).await;
        assert!(later <= first, "{later:?} after {first:?}");
    }
}

pub async fn buckets_do_not_share(limiter: &Limiter) {
    let (one, several) = (quota(1, LONG), quota(2, LONG));
    assert!(is_granted(limiter, "a", one).await);
    assert!(!is_granted(limiter, "a", one).await);
    assert!(is_granted(limiter, "b", one).await);
    assert!(is_granted(limiter, "c", several).await);
    assert!(is_granted(limiter, "c", several).await);
    assert!(!is_granted(limiter, "b", one).await);
}

/// Uses unusual names, because names contain text from clients.
pub async fn a_bucket_may_have_any_name(limiter: &Limiter) {
    let quota = quota(1, LONG);
    let long = "long".repeat(10_000);
    for name in ["", " ", "{", "{}", "{a}b", "a:b\r\n", "\0", "ünïcödé", "*", &long] {
        assert!(is_granted(limiter, name, quota).await, "{name:?}");
        assert!(!is_granted(limiter, name, quota).await, "{name:?}");
    }
}

pub async fn concurrent_callers_get_exactly_the_burst(limiter: &Limiter) {
    let quota = quota(20, LONG);
    let take = |_| {
        let limiter = Arc::clone(limiter);
        tokio::spawn(async move { is_granted(&limiter, "bucket", quota).await })
    };
    let tasks: Vec<_> = (0..200).map(take).collect();
    let granted = join_all(tasks).await.into_iter();
    let granted = granted.filter(|granted| *granted.as_ref().expect("no task panics"));
    assert_eq!(granted.count(), 20);
}
