//! Mapping of vehicles to their live keys in Redis.

use crate::{
    id::VehicleId,
    named_enum,
    telemetry::{ConnectionStatus, Timestamp},
};

named_enum! {
    /// Whether the live keys of a vehicle are up to date.
    SyncStatus {
        /// The keys are up to date.
        Synced = "SYNCED",
        /// The keys are outdated or missing, or have not been written yet.
        OutOfSync = "OUT_OF_SYNC",
        /// The keys could not be read or written, or the robot's messages are rejected.
        Error = "ERROR",
    }
}

/// Mapping of a vehicle to its live keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleRedisMapping {
    /// Id of the vehicle.
    pub vehicle_id: VehicleId,
    /// Prefix of its live keys.
    pub redis_key: String,
    /// Time when its keys were last written; `None` if that is not known.
    pub last_sync_time: Option<Timestamp>,
    /// Whether the keys are up to date.
    pub sync_status: SyncStatus,
    /// Whether messages from the robot are received.
    pub connection_status: ConnectionStatus,
    /// Newest rejected message of the robot; `None` if its messages are accepted.
    pub last_rejection: Option<LastRejection>,
}

/// Newest rejected message of a vehicle, until a message on the same channel is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRejection {
    /// Reason for the rejection, such as `out_of_bounds`.
    pub reason: &'static str,
    /// Description of the fault.
    pub detail: String,
    /// Time when the message arrived.
    pub at: Timestamp,
    /// Number of messages on that channel that were rejected in a row.
    pub count: u64,
}
