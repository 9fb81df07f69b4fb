use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;

/// How often something may happen: so many times at once, and then as often as they come back over the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many at once, after a pause.
    pub burst: NonZeroU32,
    /// How long it takes until all of them are back.
    pub period: Duration,
}

/// Whether something may happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Granted {
        /// How often it may happen again at once.
        remaining: u32,
    },
    /// It may not.
    Denied {
        /// When it may.
        retry_after: Duration,
    },
}

/// Counts how often things happen, on all servers together as far as they can reach each other, else on this one. It
/// never fails: who can't count with the others counts alone.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Takes one from a bucket. A bucket has one quota for ever.
    async fn take(&self, bucket: &str, quota: Quota) -> Admission;
}
