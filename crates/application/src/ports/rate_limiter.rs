use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;

/// Quota of a bucket, which holds up to `burst` calls and refills evenly over `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Capacity of the bucket: the maximum number of calls at once.
    pub burst: NonZeroU32,
    /// Time after which an empty bucket is full again.
    pub period: Duration,
}

/// Decision about one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// The call is within the quota.
    Granted {
        /// Number of further calls that would be granted immediately.
        remaining: u32,
    },
    /// The call exceeds the quota, and takes nothing from the bucket.
    Denied {
        /// Time after which a call can be granted.
        retry_after: Duration,
    },
}

/// Counts calls in named buckets. Servers that share a store count together. Implementations never fail and never wait
/// long: while the shared store is unreachable, each server counts in memory.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes one call from a bucket. Concurrent calls together don't exceed the quota. The name of the bucket may be
    /// any text, and must always be used with the same quota.
    async fn take(&self, bucket: &str, quota: Quota) -> Admission;
}
