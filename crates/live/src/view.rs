//! The current state of one vehicle as subscribers see it.

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, VehiclePosition, VehicleRuntimeState},
    vehicle::{VehicleStatus, VehicleType},
};

use super::encoded::EncodedPart;
use crate::{
    event::LiveEvent,
    moment::Moment,
    traced::{MessageNumbers, TracedMessage},
};

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
    /// Numbers of the messages that the position and the state are from.
    pub messages: MessageNumbers,
    /// Encoded forms of the view.
    pub encoded: EncodedPart,
}

impl VehicleView {
    /// Returns the view with the status or connection that an event reports; `None` if the view has it already, or the
    /// event reports neither.
    pub(crate) fn after(&self, event: &LiveEvent) -> Option<Self> {
        let (status, connection) = match event {
            LiveEvent::StateChange { new, .. } => (*new, self.connection),
            LiveEvent::ConnectionChange { connection, .. } => (self.status, *connection),
            _ => return None,
        };
        (status != self.status || connection != self.connection).then(|| Self {
            vehicle_id: self.vehicle_id,
            kind: self.kind,
            position: self.position.clone(),
            state: self.state.clone(),
            status,
            connection,
            received_at: self.received_at,
            messages: self.messages,
            encoded: EncodedPart::default(),
        })
    }

    /// Returns `true` if the view shows the data of a message of its vehicle, rather than of one that replaced it.
    #[must_use]
    pub fn shows(&self, message: &TracedMessage) -> bool {
        self.vehicle_id == message.vehicle_id && self.messages.include(message)
    }

    /// Returns `true` if neither a position nor a state is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.position.is_none() && self.state.is_none()
    }
}
