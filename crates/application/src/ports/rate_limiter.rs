use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;

/// Quota of a bucket: `burst` calls at once, which are refilled evenly over `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Maximum number of calls at once, available after a pause of `period`.
    pub burst: NonZeroU32,
    /// Time after which an empty bucket is full again.
    pub period: Duration,
}

/// Decision of the limiter about one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// The call is within the quota.
    Granted {
        /// Number of further calls that would be granted immediately.
        remaining: u32,
    },
    /// The call exceeds the quota, and has taken nothing from the bucket.
    Denied {
        /// Time after which a call will be granted.
        retry_after: Duration,
    },
}

/// Counts calls in named buckets: for all servers together while they share a store, otherwise separately on each
/// server. Implementations never fail and never wait long: when the shared store is unreachable, they fall back to
/// counting in memory.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes one call from a bucket. Concurrent calls together never get more than the quota. Each bucket name must
    /// always be used with the same quota; it may be any text.
    async fn take(&self, bucket: &str, quota: Quota) -> Admission;
}
