//! The current state of one vehicle as subscribers see it.

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, VehiclePosition, VehicleRuntimeState},
    vehicle::{VehicleStatus, VehicleType},
};

use super::encoded::EncodedPart;
use crate::moment::Moment;

/// Everything known about a vehicle's current state at one moment. Views are immutable; a change creates a new one.
#[derive(Debug)]
pub struct VehicleView {
    /// Id of the vehicle.
    pub vehicle_id: VehicleId,
    /// Kind of the vehicle.
    pub kind: VehicleType,
    /// Newest position.
    pub position: Option<VehiclePosition>,
    /// Newest state that the robot reported.
    pub state: Option<VehicleRuntimeState>,
    /// Operational status.
    pub status: VehicleStatus,
    /// Connection status.
    pub connection: ConnectionStatus,
    /// Arrival time of the newest message; `None` if this server has received none.
    pub received_at: Option<Moment>,
    /// Encoded forms of the view.
    pub encoded: EncodedPart,
}

impl VehicleView {
    /// Returns `true` if neither a position nor a state is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.position.is_none() && self.state.is_none()
    }
}
