//! Mapping of a vehicle to its live keys in Redis.

use application::live_queries::Observation;
use domain::{telemetry, vehicle};
use juniper::{GraphQLObject, ID};

use super::{ConnectionStatus, DateTime, SyncStatus};

/// Mapping of a vehicle to its live keys in Redis.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleRedisMapping {
    /// Identifier of the vehicle.
    vehicle_id: ID,
    /// Common prefix of the vehicle's live keys.
    redis_key: String,
    /// Time at which the live keys were last written; null if they have not been written.
    last_sync_time: Option<DateTime>,
    /// Whether the live keys match the data that the server has.
    sync_status: SyncStatus,
    /// Whether the robot's messages are being received; null if this cannot be determined at the moment.
    connection_status: Option<ConnectionStatus>,
    /// Reason why the robot's messages are being rejected; null if they are accepted.
    last_rejection: Option<LastRejection>,
    /// Newest mismatch between the registry, the server's memory and the live keys that a server has found and
    /// repaired; null if none is known.
    last_mismatch: Option<LastMismatch>,
}

/// Mismatch that a server has found and repaired.
#[derive(Clone, Debug, GraphQLObject)]
pub struct LastMismatch {
    /// Kind of the mismatch, as used in metrics and in the stream of mismatches, such as `lost_keys`.
    kind: String,
    /// Description of the differences.
    detail: String,
    /// Time of the repair.
    at: DateTime,
}

impl From<&vehicle::LastMismatch> for LastMismatch {
    fn from(mismatch: &vehicle::LastMismatch) -> Self {
        Self {
            kind: mismatch.kind.as_str().to_owned(),
            detail: mismatch.detail.clone(),
            at: mismatch.at.into(),
        }
    }
}

/// Most recent of the messages that have been rejected in a row.
#[derive(Clone, Debug, GraphQLObject)]
pub struct LastRejection {
    /// Reason code, as used in metrics and dead letters, such as `out_of_bounds`.
    reason: String,
    /// Description of the fault.
    detail: String,
    /// Time at which the message was received.
    at: DateTime,
    /// Number of messages that have been rejected in a row.
    count: i32,
}

impl From<&vehicle::LastRejection> for LastRejection {
    fn from(rejection: &vehicle::LastRejection) -> Self {
        Self {
            reason: rejection.reason.to_owned(),
            detail: rejection.detail.clone(),
            at: rejection.at.into(),
            count: i32::try_from(rejection.count).unwrap_or(i32::MAX),
        }
    }
}

impl VehicleRedisMapping {
    pub(crate) fn of(seen: &Observation) -> Option<Self> {
        let mapping = seen.mapping.as_ref()?;
        Some(Self {
            vehicle_id: ID::new(mapping.vehicle_id.to_string()),
            redis_key: mapping.redis_key.clone(),
            last_sync_time: mapping.last_sync_time.map(Into::into),
            sync_status: mapping.sync_status.into(),
            connection_status: visible_connection(seen),
            last_rejection: mapping.last_rejection.as_ref().map(Into::into),
            last_mismatch: mapping.last_mismatch.as_ref().map(Into::into),
        })
    }
}

/// Returns the connection status of a vehicle. `None` means that it is unknown: this server receives no messages from
/// the vehicle, and could not read the live keys, which show whether other servers receive any.
pub(super) fn visible_connection(seen: &Observation) -> Option<ConnectionStatus> {
    match seen.connection {
        telemetry::ConnectionStatus::Disconnected if seen.is_incomplete => None,
        connection => Some(connection.into()),
    }
}
