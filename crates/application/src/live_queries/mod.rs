//! Use cases that ask for a vehicle's present: once, or from now on.

mod conflated;
mod get_position;
mod get_runtime_state;
mod known_vehicles;
mod near;
mod observe;
mod presence;
#[cfg(test)]
mod sample;
mod selection;
mod stream_positions;
mod survey;
mod transition;
mod vehicle_event;
mod watch_registry;
mod watch_vehicles;

pub use get_position::GetVehiclePosition;
pub use get_runtime_state::GetVehicleRuntimeState;
pub use near::{Circle, NearVehicles, Neighbour, Neighbourhood};
pub use observe::{Observation, ObserveVehicles, Subject};
pub use selection::SeenVehicle;
pub use stream_positions::{MAX_INTERVAL, PositionUpdate, StreamVehiclePositions};
pub use survey::{Aspect, Sighting, Survey, SurveyFilter, SurveyVehicles};
pub use vehicle_event::{ConnectionChange, RemovalReason, VehicleEvent};
pub use watch_registry::{News, WatchRegistry};
pub use watch_vehicles::WatchVehicles;

#[cfg(test)]
pub(crate) use sample::a_vehicle;
