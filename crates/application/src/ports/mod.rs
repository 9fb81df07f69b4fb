//! What the use cases need from outside, one trait per file.

mod clock;
mod dead_letters;
mod dependency;
mod event_bus;
mod event_log;
mod group_repository;
mod live_keys;
mod organization_repository;
mod path_tracer;
mod position_store;
mod state_store;
mod telemetry_bus;
mod vehicle_repository;

pub use clock::Clock;
pub use dead_letters::DeadLetters;
pub use dependency::Dependency;
pub use event_bus::EventBus;
pub use event_log::{EVENTS_AT_ONCE, EventLog, NextEvents};
pub use group_repository::GroupRepository;
pub use live_keys::{LiveKeys, LiveRecord};
pub use organization_repository::OrganizationRepository;
pub use path_tracer::{PathTracer, SpanKind, SpanRecord};
pub use position_store::PositionStore;
pub use state_store::StateStore;
pub use telemetry_bus::{FeedEvent, TelemetryBus};
pub use vehicle_repository::{Collision, Mode, Registration, VehicleFilter, VehicleRepository};
