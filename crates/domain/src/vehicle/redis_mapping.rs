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

named_enum! {
    /// Kind of mismatch among the registry, the live tables of the servers and the live keys, named as in metrics and
    /// events.
    MismatchKind {
        /// A key of a vehicle, or its entry in the geo index, was missing.
        LostKeys = "lost_keys",
        /// A key of a vehicle, or its entry in the geo index, had unexpected content, the wrong type or the wrong
        /// expiry.
        WrongKeys = "wrong_keys",
        /// An enabled vehicle was missing from the set of active ones.
        Unlisted = "unlisted",
        /// The set of active vehicles or the geo index had a member that is not an enabled vehicle.
        ForeignMember = "foreign_member",
        /// The live table of a server differed from the registry.
        LiveTable = "live_table",
    }
}

/// Mapping of a vehicle to its live keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleRedisMapping {
    /// Id of the vehicle.
    pub vehicle_id: VehicleId,
    /// Prefix of the vehicle's live keys.
    pub redis_key: String,
    /// Time when the keys were last written; `None` if it is not known.
    pub last_sync_time: Option<Timestamp>,
    /// Whether the keys are up to date.
    pub sync_status: SyncStatus,
    /// Whether messages from the robot are received.
    pub connection_status: ConnectionStatus,
    /// Newest rejected message from the robot; `None` if its messages are accepted.
    pub last_rejection: Option<LastRejection>,
    /// Newest mismatch that a server has found and repaired; `None` if none is known.
    pub last_mismatch: Option<LastMismatch>,
}

/// Newest mismatch of a vehicle that a server has found and repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMismatch {
    /// Kind of the mismatch.
    pub kind: MismatchKind,
    /// Description of the differences.
    pub detail: String,
    /// Time when the mismatch was repaired.
    pub at: Timestamp,
}

/// Newest rejected message from a vehicle, until a message on the same channel is accepted, or until some time has
/// passed during which only messages on the other channel were accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRejection {
    /// Reason for the rejection, such as `out_of_bounds`.
    pub reason: &'static str,
    /// Description of the fault.
    pub detail: String,
    /// Time when the message arrived.
    pub at: Timestamp,
    /// Number of consecutive rejected messages on that channel.
    pub count: u64,
}
