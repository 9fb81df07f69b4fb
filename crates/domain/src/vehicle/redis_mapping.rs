//! How a vehicle is tied to its live keys.

use crate::{
    id::VehicleId,
    named_enum,
    telemetry::{ConnectionStatus, Timestamp},
};

named_enum! {
    /// Whether a vehicle's live keys say what the server knows.
    SyncStatus {
        /// They do.
        Synced = "SYNCED",
        /// They are behind, or not there yet.
        OutOfSync = "OUT_OF_SYNC",
        /// They could not be read or written, or the robot's messages are rejected.
        Error = "ERROR",
    }
}

/// A vehicle's tie to its live keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleRedisMapping {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// What its live keys begin with.
    pub redis_key: String,
    /// When its keys were written last.
    pub last_sync_time: Option<Timestamp>,
    /// Whether the keys say what the server knows.
    pub sync_status: SyncStatus,
    /// Whether the robot is heard.
    pub connection_status: ConnectionStatus,
    /// Why the robot's messages are rejected, while they are.
    pub last_rejection: Option<LastRejection>,
}

/// The newest of a row of messages that were rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRejection {
    /// The kind of fault, such as `out_of_bounds`.
    pub reason: &'static str,
    /// The fault itself.
    pub detail: String,
    /// When the message came in.
    pub at: Timestamp,
    /// How many messages were rejected in a row.
    pub count: u64,
}
