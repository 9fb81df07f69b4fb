//! Redis: what robots publish there, what is kept there of each vehicle's present, and what was not taken.
//!
//! * [`url`]: where Redis is, read once for both clients.
//! * [`options`]: which Redis, and how it is used.
//! * [`redis`]: the one object from which all the others come.
//! * [`bus`]: Pub/Sub, through fred.
//! * [`wire`]: messages, taken apart and checked.
//! * [`live`]: the keys of each vehicle, through a pool of connections.
//! * [`dead_letters`]: the stream of what was not taken.
//! * [`rate_limiter`]: how often things happen on all servers together.

pub mod bus;
pub mod dead_letters;
mod error;
pub mod live;
pub mod options;
mod pool;
mod probe;
pub mod rate_limiter;
pub mod redis;
mod script;
pub mod url;
pub mod wire;

pub use bus::{FredTelemetryBus, RedisEventBus};
pub use dead_letters::RedisDeadLetters;
pub use live::RedisLiveStore;
pub use options::{InvalidRedisOptions, KeyStyle, RedisOptions};
pub use rate_limiter::RedisRateLimiter;
pub use redis::Redis;
pub use url::{InvalidRedisUrl, RedisUrl};
