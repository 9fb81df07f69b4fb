//! Every port in memory: the embedded default of the server, and the double that use-case tests use.
//!
//! What is kept here is gone when the process ends.
//!
//! * [`clock`]: this machine's clocks.
//! * [`registry`]: organisations, groups, vehicles, users, grants and sessions, with the log of what happens to them and
//!   the audit log.
//! * [`event_bus`]: how the log's growth is announced.
//! * [`live_keys`], [`telemetry_bus`], [`dead_letters`], [`rate_limiter`]: what Redis does otherwise.
//! * [`ports()`]: all of them together.

pub mod clock;
pub mod dead_letters;
pub mod event_bus;
pub mod live_keys;
mod ports;
pub mod rate_limiter;
pub mod registry;
pub mod telemetry_bus;

pub use ports::ports;
