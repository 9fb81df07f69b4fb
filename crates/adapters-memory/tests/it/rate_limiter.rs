//! Rate limits in memory, against the contract of their port.

use std::sync::Arc;

use adapters_memory::rate_limiter::MemoryRateLimiter;
use application::ports::RateLimiter;

async fn limiter() -> Arc<dyn RateLimiter> {
    Arc::new(MemoryRateLimiter::default())
}

port_contracts::rate_limiter_contract!(limiter);
