//! The current state of a vehicle at one moment.

use domain::{
    telemetry::{ConnectionStatus, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::{LastRejection, SyncStatus, VehicleStatus},
};

/// A vehicle's present as this server knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrentState {
    /// Its newest position.
    pub position: Option<VehiclePosition>,
    /// Its newest state.
    pub state: Option<VehicleRuntimeState>,
    /// Its operational status.
    pub status: VehicleStatus,
    /// When its newest message came in; `None` when this server has not heard it itself yet.
    pub received_at: Option<Timestamp>,
    /// Whether it is heard; `None` when this server has not heard it itself yet.
    pub connection: Option<ConnectionStatus>,
    /// When this server wrote its live keys last.
    pub keys_written_at: Option<Timestamp>,
    /// Whether the live keys say what this server knows, and the robot's messages are taken.
    pub sync_status: SyncStatus,
    /// Why the robot's messages are rejected, while they are.
    pub last_rejection: Option<LastRejection>,
}
