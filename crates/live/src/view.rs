//! One vehicle as its watchers see it.

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, VehiclePosition, VehicleRuntimeState},
    vehicle::{VehicleStatus, VehicleType},
};

use super::encoded::EncodedOnce;
use crate::moment::Moment;

/// All that is known of a vehicle's present at one moment. Never changes: what comes later is another view.
#[derive(Debug)]
pub struct VehicleView {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Its kind.
    pub kind: VehicleType,
    /// Its newest position.
    pub position: Option<VehiclePosition>,
    /// Its newest state.
    pub state: Option<VehicleRuntimeState>,
    /// Its operational status.
    pub status: VehicleStatus,
    /// Whether it is heard.
    pub connection: ConnectionStatus,
    /// When its newest message came in; `None` when this server has not heard it yet.
    pub received_at: Option<Moment>,
    /// The view on the wires.
    pub encoded: EncodedOnce,
}

impl VehicleView {
    /// Whether there is anything to see.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.position.is_none() && self.state.is_none()
    }
}
