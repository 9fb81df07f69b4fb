//! Rate limits of a single server.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use application::ports::{Admission, Quota, RateLimiter};
use async_trait::async_trait;
use governor::{
    RateLimiter as Keyed,
    clock::{Clock as _, MonotonicClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use parking_lot::RwLock;

/// Maximum number of separate buckets per quota; each takes about 150 bytes.
const MAX_BUCKETS: usize = 100_000;
/// Number of shared buckets that are used while there are too many separate ones.
const SHARED_BUCKETS: u64 = 1_024;
/// Number of takes after which full buckets are removed.
const SWEEP_EVERY: usize = 4_096;

/// Rate limiter of a single server, based on the generic cell rate algorithm.
///
/// A full bucket is removed, because it is equal to a new one. While there are too many buckets, requests share a fixed
/// number of them, so a flood of names can neither fill the memory nor evade the limits.
pub struct MemoryRateLimiter {
    /// Buckets by quota; there are only a few quotas.
    quotas: RwLock<Vec<(Quota, Arc<Buckets>)>>,
    max_buckets: usize,
    sweep_every: usize,
    hasher: RandomState,
}

struct Buckets {
    limiter: Keyed<String, DashMapStateStore<String>, MonotonicClock, StateInformationMiddleware>,
    taken: AtomicUsize,
    is_full: AtomicBool,
}

impl Default for MemoryRateLimiter {
    fn default() -> Self {
        Self {
            quotas: RwLock::default(),
            max_buckets: MAX_BUCKETS,
            sweep_every: SWEEP_EVERY,
            hasher: RandomState::new(),
        }
    }
}

impl MemoryRateLimiter {
    fn buckets(&self, quota: Quota) -> Arc<Buckets> {
        let find = |quotas: &[(Quota, Arc<Buckets>)]| {
            let found = quotas.iter().find(|(known, _)| *known == quota);
            found.map(|(_, buckets)| Arc::clone(buckets))
        };
        if let Some(buckets) = find(&self.quotas.read()) {
            return buckets;
        }
        let mut quotas = self.quotas.write();
        find(&quotas).unwrap_or_else(|| {
            let buckets = Arc::new(Buckets::new(quota));
            quotas.push((quota, Arc::clone(&buckets)));
            buckets
        })
    }

    /// Returns the key of a bucket, or of a shared one while there are too many buckets.
    fn key(&self, bucket: &str, buckets: &Buckets) -> String {
        if buckets.is_full.load(Relaxed) {
            let share = self.hasher.hash_one(bucket) % SHARED_BUCKETS;
            return format!("shared:{share}");
        }
        bucket.to_owned()
    }
}

impl Buckets {
    fn new(quota: Quota) -> Self {
        let one_per = (quota.period / quota.burst.get()).max(Duration::from_nanos(1));
        let quota = governor::Quota::with_period(one_per)
            .expect("at least a nanosecond")
            .allow_burst(quota.burst);
        Self {
            limiter: Keyed::dashmap_with_clock(quota, MonotonicClock).with_middleware(),
            taken: AtomicUsize::new(0),
            is_full: AtomicBool::new(false),
        }
    }

    /// Every `every` calls, removes full buckets and checks the number of the others.
    fn sweep(&self, every: usize, max: usize) {
        if self.taken.fetch_add(1, Relaxed) % every != every - 1 {
            return;
        }
        let before = self.limiter.len();
        self.limiter.retain_recent();
        let after = self.limiter.len();
        if after < before / 2 {
            self.limiter.shrink_to_fit();
        }
        self.is_full.store(after >= max, Relaxed);
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(&self, bucket: &str, quota: Quota) -> Admission {
        let buckets = self.buckets(quota);
        buckets.sweep(self.sweep_every, self.max_buckets);
        match buckets.limiter.check_key(&self.key(bucket, &buckets)) {
            Ok(left) => Admission::Granted {
                remaining: left.remaining_burst_capacity(),
            },
            Err(denied) => {
                let wait = denied.wait_time_from(buckets.limiter.clock().now());
                Admission::Denied {
                    // The wait may be over by now.
                    retry_after: wait.max(Duration::from_nanos(1)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn quota(burst: u32, period: Duration) -> Quota {
        let burst = NonZeroU32::new(burst).expect("some");
        Quota { burst, period }
    }

    fn small() -> MemoryRateLimiter {
        MemoryRateLimiter {
            max_buckets: 100,
            sweep_every: 10,
            ..MemoryRateLimiter::default()
        }
    }

    async fn granted(limiter: &MemoryRateLimiter, names: std::ops::Range<u32>, quota: Quota) -> usize {
        let mut granted = 0;
        for name in names {
            let admission = limiter.take(&format!("bucket {name}"), quota).await;
            granted += usize::from(matches!(admission, Admission::Granted { .. }));
        }
        granted
    }

    fn kept(limiter: &MemoryRateLimiter, quota: Quota) -> usize {
        limiter.buckets(quota).limiter.len()
    }

    #[tokio::test]
    async fn a_full_bucket_is_removed() {
        let (limiter, quota) = (small(), quota(2, Duration::from_millis(2)));
        granted(&limiter, 0..90, quota).await;
        // Waits until the buckets are full, including the leeway that the library adds.
        tokio::time::sleep(Duration::from_millis(4)).await;
        granted(&limiter, 90..100, quota).await;
        assert!(kept(&limiter, quota) <= 10, "{}", kept(&limiter, quota));
    }

    #[tokio::test]
    async fn a_flood_of_names_neither_fills_the_memory_nor_evades_the_limits() {
        let (limiter, quota) = (small(), quota(1, Duration::from_secs(3_600)));
        let granted = granted(&limiter, 0..20_000, quota).await;
        let room = 100 + 10 + SHARED_BUCKETS as usize;
        assert!(kept(&limiter, quota) <= room, "{}", kept(&limiter, quota));
        assert!(granted <= room, "{granted}");
    }

    #[tokio::test]
    async fn after_a_flood_buckets_are_separate_again() {
        let (limiter, short) = (small(), quota(1, Duration::from_millis(20)));
        granted(&limiter, 0..200, short).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        granted(&limiter, 200..220, short).await;
        assert!(!limiter.buckets(short).is_full.load(Relaxed));
    }
}
