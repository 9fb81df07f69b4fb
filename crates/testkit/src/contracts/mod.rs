//! One contract suite per port: what every adapter of that port does, in memory and for real.

pub mod dead_letters;
pub mod live_keys;
pub mod position_store;
pub mod state_store;
pub mod telemetry_bus;
pub mod vehicle_repository;
