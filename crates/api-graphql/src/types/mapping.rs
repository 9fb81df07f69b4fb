//! How a vehicle is tied to its live keys.

use application::live_queries::Observation;
use domain::{telemetry, vehicle};
use juniper::{GraphQLObject, ID};

use super::{ConnectionStatus, DateTime, SyncStatus};

/// How a vehicle is tied to its live keys in Redis.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleRedisMapping {
    /// Which vehicle.
    vehicle_id: ID,
    /// What its live keys begin with.
    redis_key: String,
    /// When its live keys were written last.
    last_sync_time: Option<DateTime>,
    /// Whether its live keys say what the server knows; ERROR, too, while the robot's messages are rejected.
    sync_status: SyncStatus,
    /// Whether it is heard; null when that cannot be told now.
    connection_status: Option<ConnectionStatus>,
    /// Why the robot's messages are rejected, while they are.
    last_rejection: Option<LastRejection>,
}

/// The newest of a row of messages that were rejected.
#[derive(Clone, Debug, GraphQLObject)]
pub struct LastRejection {
    /// The kind of fault, as metrics and dead letters name it, such as "out_of_bounds".
    reason: String,
    /// The fault itself.
    detail: String,
    /// When the message came in.
    at: DateTime,
    /// How many messages were rejected in a row.
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
    /// The mapping that was observed, if the vehicle has one.
    pub(crate) fn of(seen: &Observation) -> Option<Self> {
        let mapping = seen.mapping.as_ref()?;
        Some(Self {
            vehicle_id: ID::new(mapping.vehicle_id.to_string()),
            redis_key: mapping.redis_key.clone(),
            last_sync_time: mapping.last_sync_time.map(Into::into),
            sync_status: mapping.sync_status.into(),
            connection_status: visible_connection(seen),
            last_rejection: mapping.last_rejection.as_ref().map(Into::into),
        })
    }
}

/// Whether a vehicle is heard. Nobody knows that of one that this server does not hear, while it can't read what
/// others have heard.
pub(super) fn visible_connection(seen: &Observation) -> Option<ConnectionStatus> {
    match seen.connection {
        telemetry::ConnectionStatus::Disconnected if seen.is_incomplete => None,
        connection => Some(connection.into()),
    }
}
