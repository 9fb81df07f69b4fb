//! Use cases that ask for a vehicle's present: once, or from now on.

mod conflated;
mod get_position;
mod get_runtime_state;
mod presence;
mod stream_positions;

pub use get_position::GetVehiclePosition;
pub use get_runtime_state::GetVehicleRuntimeState;
pub use stream_positions::{PositionUpdate, StreamVehiclePositions};
