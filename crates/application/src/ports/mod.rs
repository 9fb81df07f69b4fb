//! What the use cases need from outside, one trait per file.

mod clock;
mod dead_letters;
mod dependency;
mod live_keys;
mod path_tracer;
mod position_store;
mod state_store;
mod telemetry_bus;
mod vehicle_repository;

pub use clock::Clock;
pub use dead_letters::DeadLetters;
pub use dependency::Dependency;
pub use live_keys::{LiveKeys, LiveRecord};
pub use path_tracer::{PathTracer, SpanKind, SpanRecord};
pub use position_store::PositionStore;
pub use state_store::StateStore;
pub use telemetry_bus::{FeedEvent, TelemetryBus};
pub use vehicle_repository::{VehicleFilter, VehicleRepository};
