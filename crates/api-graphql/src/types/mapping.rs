//! Mapping of a vehicle to its live keys in Redis, with its bridge.

use std::sync::Arc;

use application::{health, live_queries::Observation};
use domain::{telemetry, vehicle};
use juniper::{DefaultScalarValue, FieldResult, GraphQLObject, ID, graphql_object};

use super::{ConnectionStatus, DateTime, SyncStatus};
use crate::{context::Context, loading::Loaders};

/// Mapping of a vehicle to its live keys in Redis.
#[derive(Clone)]
pub struct VehicleRedisMapping {
    mapping: vehicle::VehicleRedisMapping,
    connection_status: Option<ConnectionStatus>,
    loaders: Arc<Loaders>,
}

/// Mapping of a vehicle to its live keys in Redis.
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl VehicleRedisMapping {
    /// Identifier of the vehicle.
    pub fn vehicle_id(&self) -> ID {
        ID::new(self.mapping.vehicle_id.to_string())
    }

    /// Common prefix of the vehicle's live keys.
    pub fn redis_key(&self) -> &str {
        &self.mapping.redis_key
    }

    /// Time at which the live keys were last written; null if they have not been written.
    pub fn last_sync_time(&self) -> Option<DateTime> {
        self.mapping.last_sync_time.map(Into::into)
    }

    /// Whether the live keys match the data that the server has.
    pub fn sync_status(&self) -> SyncStatus {
        self.mapping.sync_status.into()
    }

    /// Whether the robot's messages are being received; null if this cannot be determined at the moment.
    pub fn connection_status(&self) -> Option<ConnectionStatus> {
        self.connection_status
    }

    /// Reason why the robot's messages are being rejected; null if they are accepted. It is kept until a message of the
    /// same kind (position or state) is accepted or, if only messages of the other kind are accepted, until none has
    /// been rejected for `LIVE__DISCONNECTED_AFTER_MS`.
    pub fn last_rejection(&self) -> Option<LastRejection> {
        self.mapping.last_rejection.as_ref().map(Into::into)
    }

    /// Newest mismatch between the registry, the server's memory and the live keys that a server has found and
    /// repaired; null if none is known.
    pub fn last_mismatch(&self) -> Option<LastMismatch> {
        self.mapping.last_mismatch.as_ref().map(Into::into)
    }

    /// Bridge that publishes the robot's messages, according to its heartbeat; null if no bridge lists the vehicle. If
    /// several bridges list the vehicle, this is one whose robot is connected, or else one whose robot is silent, and
    /// among these the one with the latest `since`.
    pub async fn bridge(&self) -> FieldResult<Option<VehicleBridge>> {
        let bridge = self.loaders.bridge(self.mapping.vehicle_id).await?;
        Ok(bridge.map(Into::into))
    }
}

/// Bridge of a vehicle, with the status of the vehicle's robot as reported by the bridge.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleBridge {
    /// Name of the bridge; null if the status is `unknown`.
    name: Option<String>,
    /// Whether the bridge receives data from the robot: `connected`, `silent` (the robot is connected, but data no
    /// longer arrives) or `no_data` (no data has arrived yet). `unknown` means that some heartbeats could not be read,
    /// and that none of the others lists the vehicle.
    status: String,
    /// Reason for the status; null if the bridge states none.
    reason: Option<String>,
    /// Time since which the robot has had this status, by the clock of the bridge; null if the status is `unknown`.
    since: Option<DateTime>,
    /// Number of milliseconds by which the robot's clock is ahead of that of the bridge; null if it is not known.
    clock_offset_ms: Option<f64>,
}

impl From<health::VehicleBridge> for VehicleBridge {
    fn from(bridge: health::VehicleBridge) -> Self {
        let status = bridge.status().as_str().to_owned();
        match bridge {
            health::VehicleBridge::Known { name, robot } => Self {
                name: Some(name),
                status,
                reason: robot.reason,
                since: Some(robot.since.into()),
                clock_offset_ms: robot.clock_offset_ms,
            },
            health::VehicleBridge::Unknown { reason } => Self {
                name: None,
                status,
                reason: Some(reason.to_owned()),
                since: None,
                clock_offset_ms: None,
            },
        }
    }
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

/// Most recent of consecutive rejected messages.
#[derive(Clone, Debug, GraphQLObject)]
pub struct LastRejection {
    /// Reason code, as used in metrics and dead letters, such as `out_of_bounds`.
    reason: String,
    /// Description of the fault.
    detail: String,
    /// Time at which the message was received.
    at: DateTime,
    /// Number of consecutive rejected messages.
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
    /// Converts the mapping of a vehicle; `loaders` load its bridge when it is selected.
    pub(crate) fn of(seen: &Observation, loaders: &Arc<Loaders>) -> Option<Self> {
        Some(Self {
            mapping: seen.mapping.clone()?,
            connection_status: visible_connection(seen),
            loaders: Arc::clone(loaders),
        })
    }
}

/// Returns the connection status of a vehicle. `None` means that it is unknown: this server is receiving no messages
/// from the vehicle, and could not read the live keys, which show whether other servers receive any.
pub(super) fn visible_connection(seen: &Observation) -> Option<ConnectionStatus> {
    match seen.connection {
        telemetry::ConnectionStatus::Disconnected if seen.is_incomplete => None,
        connection => Some(connection.into()),
    }
}
