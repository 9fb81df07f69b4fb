//! The ports of the application in memory: the embedded default of the server, and the stores for tests of use cases.
//!
//! All data is lost when the process exits.
//!
//! * [`clock`]: the clocks of this machine.
//! * [`registry`]: organisations, groups, vehicles, users, grants and sessions, their log of changes, and the audit
//!   log.
//! * [`event_bus`]: announcements that the log has grown.
//! * [`live_keys`], [`telemetry_bus`], [`dead_letters`], [`leases`], [`mismatch_log`], [`rate_limiter`],
//!   [`bridge_heartbeats`]: the ports that are otherwise backed by Redis.
//! * [`log_control`]: a log control that stores its filter without applying it.
//! * [`ports()`]: all of them together.

pub mod bridge_heartbeats;
pub mod clock;
pub mod dead_letters;
pub mod event_bus;
pub mod leases;
pub mod live_keys;
pub mod log_control;
pub mod mismatch_log;
mod ports;
pub mod rate_limiter;
pub mod registry;
pub mod telemetry_bus;

pub use ports::ports;
