//! How a vehicle is tied to its live keys.

use application::live_queries::Observation;
use domain::telemetry;
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
    /// Whether its live keys say what the server knows.
    sync_status: SyncStatus,
    /// Whether it is heard; null when that cannot be told now.
    connection_status: Option<ConnectionStatus>,
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
            connection_status: told_connection(seen),
        })
    }
}

/// Whether a vehicle is heard. Nobody knows that of one that this server does not hear, while it can't read what
/// others have heard.
pub(super) fn told_connection(seen: &Observation) -> Option<ConnectionStatus> {
    match seen.connection {
        telemetry::ConnectionStatus::Disconnected if seen.is_incomplete => None,
        connection => Some(connection.into()),
    }
}
