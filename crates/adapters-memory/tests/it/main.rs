//! Tests of the adapters in memory against the contracts of their ports.

mod audit;
mod bridge_heartbeats;
mod clock;
mod dead_letters;
mod event_bus;
mod event_log;
mod grants;
mod groups;
mod leases;
mod live_stores;
mod log_control;
mod mismatch_log;
mod organizations;
mod rate_limiter;
mod registry;
mod sessions;
mod telemetry_bus;
mod users;
mod vehicles;
