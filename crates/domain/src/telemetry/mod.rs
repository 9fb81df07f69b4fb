//! Positions and runtime states that robots report, and the rules of their plausibility and freshness.

mod clock;
mod freshness;
mod noise;
mod plausibility;
mod position;
mod rotation;
mod runtime_state;
mod timestamp;

pub use clock::{Arrival, SetBackWatch};
pub use freshness::{ConnectionStatus, FreshnessRules};
pub use plausibility::{Acceptance, Bounds, Implausible, InvalidBounds, PlausibilityRules, PositionTrack};
pub use position::{FrameId, MapId, VehiclePosition};
pub use rotation::{InvalidRotation, Rotation};
pub use runtime_state::{ErrorCode, InvalidRuntimeState, Percentage, VehicleRuntimeState, is_moving};
pub use timestamp::{InvalidReportedTime, InvalidTimestamp, Timestamp};
