//! The adapters in memory keep the contracts of their ports.

mod event_bus;
mod event_log;
mod groups;
mod organizations;
mod rate_limiter;
mod registry;
mod vehicles;
