//! Use cases that ask for a vehicle's present: once, or from now on.

mod conflated;
mod get_position;
mod get_runtime_state;
mod near;
mod observe;
mod presence;
mod stream_positions;
mod survey;
mod watch_registry;

pub use get_position::GetVehiclePosition;
pub use get_runtime_state::GetVehicleRuntimeState;
pub use near::{Circle, NearVehicles, Neighbour, Neighbourhood};
pub use observe::{Observation, ObserveVehicles, Subject};
pub use stream_positions::{PositionUpdate, StreamVehiclePositions};
pub use survey::{Aspect, Sighting, Survey, SurveyFilter, SurveyVehicles};
pub use watch_registry::{News, WatchRegistry};
