//! The current state of a vehicle as queries return it.

use domain::{
    telemetry::{ConnectionStatus, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::{LastRejection, SyncStatus, VehicleStatus},
};

/// Current state of a vehicle as known to this server.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentState {
    /// Newest position.
    pub position: Option<VehiclePosition>,
    /// Newest state that the robot reported.
    pub state: Option<VehicleRuntimeState>,
    /// Operational status.
    pub status: VehicleStatus,
    /// Arrival time of the newest message; `None` if this server has received none.
    pub received_at: Option<Timestamp>,
    /// Connection status; `None` if this server has received no message.
    pub connection: Option<ConnectionStatus>,
    /// Time at which this server last wrote the live keys, or first found them correct without having written them.
    pub keys_written_at: Option<Timestamp>,
    /// Whether the live keys agree with this server's data and the robot's messages are accepted.
    pub sync_status: SyncStatus,
    /// The latest rejection; `None` if the robot's messages are accepted. The rejections of a channel end with the next
    /// accepted message on it or, if only messages on the other channel are accepted, after the time without a message
    /// after which a vehicle is disconnected.
    pub last_rejection: Option<LastRejection>,
}
