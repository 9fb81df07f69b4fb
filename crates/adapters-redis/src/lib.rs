//! Redis adapter: robots' messages, the keys with each vehicle's current state, and the dead letters.
//!
//! * [`url`]: addresses of Redis, parsed once for both clients.
//! * [`options`]: the options of the adapter.
//! * [`redis`]: the object that creates the adapters for each port.
//! * [`bus`]: Pub/Sub, through fred.
//! * [`wire`]: decoding and encoding of messages.
//! * [`live`]: the keys of each vehicle, through a pool of connections.
//! * [`dead_letters`]: the stream of rejected messages.
//! * [`leases`]: the division of work between servers.
//! * [`mismatch_log`]: the stream of repaired mismatches.
//! * [`bridge_heartbeats`]: the keys in which bridges report their state.
//! * [`rate_limiter`]: rate limits shared by all servers.

mod access;
pub mod bridge_heartbeats;
pub mod bus;
pub mod dead_letters;
mod error;
mod foreign;
pub mod leases;
pub mod live;
pub mod mismatch_log;
pub mod options;
mod pool;
mod probe;
pub mod rate_limiter;
pub mod redis;
mod script;
mod topology;
pub mod url;
pub mod wire;

pub use bridge_heartbeats::RedisBridgeHeartbeats;
pub use bus::{FredTelemetryBus, RedisEventBus};
pub use dead_letters::RedisDeadLetters;
pub use leases::RedisLeases;
pub use live::RedisLiveStore;
pub use mismatch_log::RedisMismatchLog;
pub use options::{InvalidRedisOptions, KeyStyle, RedisOptions};
pub use rate_limiter::RedisRateLimiter;
pub use redis::Redis;
pub use url::{InvalidRedisUrl, RedisUrl};
