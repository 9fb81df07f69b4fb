//! The adapters in memory keep the contracts of their ports.

mod event_bus;
mod event_log;
mod groups;
mod organizations;
mod registry;
mod vehicles;
