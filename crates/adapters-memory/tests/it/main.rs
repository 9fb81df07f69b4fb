//! The adapters in memory keep the contracts of their ports.

mod audit;
mod event_bus;
mod event_log;
mod grants;
mod groups;
mod organizations;
mod rate_limiter;
mod registry;
mod sessions;
mod users;
mod vehicles;
