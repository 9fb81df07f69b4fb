//! JSON representation of live data: positions, states, and the mapping to live keys with the bridge.

use application::{health::VehicleBridge, live_queries::Sighting, mapping::MappingStatus};
use domain::{
    telemetry::{self, ConnectionStatus, Timestamp},
    vehicle::{LastMismatch, LastRejection},
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::{
    schemas::words,
    time::{rfc3339, rfc3339_option},
};

/// A rotation as a unit quaternion.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Quaternion)]
pub(crate) struct QuaternionDocument {
    /// x component of the vector part.
    pub(crate) x: f64,
    /// y component of the vector part.
    pub(crate) y: f64,
    /// z component of the vector part.
    pub(crate) z: f64,
    /// Scalar part.
    pub(crate) w: f64,
}

/// Position and orientation of a vehicle at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehiclePosition)]
pub(crate) struct PositionDocument {
    /// x coordinate in metres.
    pub(crate) x: f64,
    /// y coordinate in metres.
    pub(crate) y: f64,
    /// z coordinate in metres, upwards.
    pub(crate) z: f64,
    /// Degrees counter-clockwise from the x axis (REP 103), at least 0 and below 360.
    #[schema(minimum = 0, exclusive_maximum = 360)]
    pub(crate) heading: f64,
    /// Orientation of the vehicle.
    pub(crate) rotation: QuaternionDocument,
    /// Time of the measurement by the robot's clock, or the time of arrival if the robot reports none.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) timestamp: OffsetDateTime,
    /// Coordinate frame of the position; null if the robot does not report a valid one.
    #[schema(required)]
    pub(crate) frame_id: Option<String>,
    /// Map that the vehicle is on; null if the robot does not report a valid one.
    #[schema(required)]
    pub(crate) map_id: Option<String>,
}

impl From<&telemetry::VehiclePosition> for PositionDocument {
    fn from(position: &telemetry::VehiclePosition) -> Self {
        let rotation = position.rotation;
        Self {
            x: position.x,
            y: position.y,
            z: position.z,
            heading: position.heading(),
            rotation: QuaternionDocument {
                x: rotation.x(),
                y: rotation.y(),
                z: rotation.z(),
                w: rotation.w(),
            },
            timestamp: position.timestamp.to_offset_date_time(),
            frame_id: position.frame_id.as_ref().map(ToString::to_string),
            map_id: position.map_id.as_ref().map(ToString::to_string),
        }
    }
}

/// Runtime state of a vehicle at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehicleRuntimeState)]
pub(crate) struct StateDocument {
    /// Speed in m/s.
    #[schema(minimum = 0)]
    pub(crate) current_speed: f64,
    /// Battery charge in percent.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) battery_level: f64,
    /// Load in kg; null if the robot does not report a valid one.
    #[schema(required, minimum = 0)]
    pub(crate) current_load: Option<f64>,
    /// Temperature in °C; null if the robot does not report a valid one.
    #[schema(required)]
    pub(crate) temperature: Option<f64>,
    /// Codes of the errors that the robot reports.
    pub(crate) error_codes: Vec<String>,
    /// Status that the robot reports; null if it does not report a valid one.
    #[schema(required, value_type = Option<words::VehicleStatus>)]
    pub(crate) status: Option<&'static str>,
    /// Time of the measurement by the robot's clock, or the time of arrival if the robot reports none.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) last_update_time: OffsetDateTime,
}

impl From<&telemetry::VehicleRuntimeState> for StateDocument {
    fn from(state: &telemetry::VehicleRuntimeState) -> Self {
        Self {
            current_speed: state.current_speed(),
            battery_level: state.battery_level().get(),
            current_load: state.current_load(),
            temperature: state.temperature(),
            error_codes: state.error_codes().iter().map(ToString::to_string).collect(),
            status: state.status.map(|status| status.as_str()),
            last_update_time: state.last_update_time.to_offset_date_time(),
        }
    }
}

/// Position of a vehicle in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PositionItem)]
pub(crate) struct PositionItemDocument {
    /// Id of the vehicle.
    #[schema(format = Uuid)]
    pub(crate) vehicle_id: String,
    /// Newest position of the vehicle.
    pub(crate) position: PositionDocument,
    /// Operational status of the vehicle.
    #[schema(value_type = words::VehicleStatus)]
    pub(crate) status: &'static str,
    /// Whether the server receives messages from the robot.
    #[schema(value_type = words::ConnectionStatus)]
    pub(crate) connection_status: &'static str,
    /// Age of the position in milliseconds, according to its timestamp. If the timestamp differs from the server's
    /// clock by more than a day, this is the time since the newest message, or null if this server has received none.
    #[schema(required, minimum = 0, example = 85)]
    pub(crate) age_ms: Option<u64>,
}

impl From<Sighting<telemetry::VehiclePosition>> for PositionItemDocument {
    fn from(sighting: Sighting<telemetry::VehiclePosition>) -> Self {
        Self {
            vehicle_id: sighting.vehicle_id.to_string(),
            position: PositionDocument::from(&sighting.content),
            status: sighting.status.as_str(),
            connection_status: sighting.connection.as_str(),
            age_ms: sighting.age_ms,
        }
    }
}

/// State of a vehicle in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StateItem)]
pub(crate) struct StateItemDocument {
    /// Id of the vehicle.
    #[schema(format = Uuid)]
    pub(crate) vehicle_id: String,
    /// Newest state of the vehicle.
    pub(crate) state: StateDocument,
    /// Operational status of the vehicle.
    #[schema(value_type = words::VehicleStatus)]
    pub(crate) status: &'static str,
    /// Whether the server receives messages from the robot.
    #[schema(value_type = words::ConnectionStatus)]
    pub(crate) connection_status: &'static str,
    /// Age of the state in milliseconds, according to its timestamp. If the timestamp differs from the server's clock
    /// by more than a day, this is the time since the newest message, or null if this server has received none.
    #[schema(required, minimum = 0, example = 85)]
    pub(crate) age_ms: Option<u64>,
}

impl From<Sighting<telemetry::VehicleRuntimeState>> for StateItemDocument {
    fn from(sighting: Sighting<telemetry::VehicleRuntimeState>) -> Self {
        Self {
            vehicle_id: sighting.vehicle_id.to_string(),
            state: StateDocument::from(&sighting.content),
            status: sighting.status.as_str(),
            connection_status: sighting.connection.as_str(),
            age_ms: sighting.age_ms,
        }
    }
}

/// Mapping of a vehicle to its live keys in Redis.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehicleRedisMapping)]
pub(crate) struct MappingDocument {
    /// Id of the vehicle.
    #[schema(format = Uuid)]
    pub(crate) vehicle_id: String,
    /// Prefix of the vehicle's live keys.
    #[schema(example = "vehicle:{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}")]
    pub(crate) redis_key: String,
    /// Time when the live keys were last written; null if they have never been written.
    #[schema(required)]
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) last_sync_time: Option<OffsetDateTime>,
    /// Whether the live keys are up to date: SYNCED or OUT_OF_SYNC. ERROR means that they cannot be read or written, or
    /// that the robot's messages are rejected.
    #[schema(value_type = words::SyncStatus)]
    pub(crate) sync_status: &'static str,
    /// Whether the server receives messages from the robot: CONNECTED, TIMEOUT or DISCONNECTED; null if this is unknown
    /// because the live keys cannot be read.
    #[schema(value_type = Option<words::ConnectionStatus>, required)]
    pub(crate) connection_status: Option<&'static str>,
    /// Reason why the robot's messages are currently rejected; null if they are accepted. It is kept until a message of
    /// the same kind (position or state) is accepted or, if only messages of the other kind are accepted, until none
    /// has been rejected for `LIVE__DISCONNECTED_AFTER_MS`.
    #[schema(required)]
    pub(crate) last_rejection: Option<RejectionDocument>,
    /// Newest mismatch between the registry, the server's memory and the live keys that a server has found and
    /// repaired; null if none is known.
    #[schema(required)]
    pub(crate) last_mismatch: Option<MismatchDocument>,
    /// Bridge that publishes the robot's messages, according to its heartbeat; null if no bridge lists the vehicle. If
    /// several bridges list the vehicle, this is one whose robot is connected, or else one whose robot is silent, and
    /// among these the one with the latest `since`.
    #[schema(required)]
    pub(crate) bridge: Option<BridgeDocument>,
}

/// The newest of a series of rejected messages.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LastRejection)]
pub(crate) struct RejectionDocument {
    /// Reason for the rejection, as in metrics and dead letters.
    #[schema(example = "out_of_bounds")]
    pub(crate) reason: &'static str,
    /// Description of the fault.
    #[schema(example = "position is outside the bounds")]
    pub(crate) detail: String,
    /// Time when the message arrived.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) at: OffsetDateTime,
    /// Number of consecutive rejected messages.
    #[schema(minimum = 1)]
    pub(crate) count: u64,
}

/// A mismatch that a server has found and repaired.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LastMismatch)]
pub(crate) struct MismatchDocument {
    /// Kind of the mismatch, as in metrics and in the stream of mismatches.
    #[schema(value_type = words::MismatchKind)]
    pub(crate) kind: &'static str,
    /// Description of the differences.
    #[schema(example = "position: x is 9 instead of 1.5")]
    pub(crate) detail: String,
    /// Time of the repair.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) at: OffsetDateTime,
}

/// The bridge of a vehicle, with the status of the vehicle's robot as reported by the bridge.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehicleBridge)]
pub(crate) struct BridgeDocument {
    /// Name of the bridge; null if the status is `unknown`.
    #[schema(required, example = "hall-1")]
    pub(crate) name: Option<String>,
    /// Whether the bridge receives data from the robot: `connected`, `silent` (the robot is connected, but data no
    /// longer arrives) or `no_data` (no data has arrived yet). `unknown` means that some heartbeats could not be read,
    /// and that none of the others lists the vehicle.
    #[schema(value_type = words::VehicleBridgeStatus)]
    pub(crate) status: &'static str,
    /// Reason for the status; null if the bridge states none.
    #[schema(required, example = "no Odometry for 3 s")]
    pub(crate) reason: Option<String>,
    /// Time since which the robot has had this status, by the clock of the bridge; null if the status is `unknown`.
    #[schema(required)]
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) since: Option<OffsetDateTime>,
    /// Number of milliseconds by which the robot's clock is ahead of that of the bridge; null if it is not known.
    #[schema(required, example = 12.5)]
    pub(crate) clock_offset_ms: Option<f64>,
}

impl From<&VehicleBridge> for BridgeDocument {
    fn from(bridge: &VehicleBridge) -> Self {
        let status = bridge.status().as_str();
        match bridge {
            VehicleBridge::Known { name, robot } => Self {
                name: Some(name.clone()),
                status,
                reason: robot.reason.clone(),
                since: Some(robot.since.to_offset_date_time()),
                clock_offset_ms: robot.clock_offset_ms,
            },
            VehicleBridge::Unknown { reason } => Self {
                name: None,
                status,
                reason: Some((*reason).to_owned()),
                since: None,
                clock_offset_ms: None,
            },
        }
    }
}

impl From<&LastMismatch> for MismatchDocument {
    fn from(mismatch: &LastMismatch) -> Self {
        Self {
            kind: mismatch.kind.as_str(),
            detail: mismatch.detail.clone(),
            at: mismatch.at.to_offset_date_time(),
        }
    }
}

impl From<&LastRejection> for RejectionDocument {
    fn from(rejection: &LastRejection) -> Self {
        Self {
            reason: rejection.reason,
            detail: rejection.detail.clone(),
            at: rejection.at.to_offset_date_time(),
            count: rejection.count,
        }
    }
}

impl From<&MappingStatus> for MappingDocument {
    fn from(status: &MappingStatus) -> Self {
        let mapping = &status.mapping;
        // Without the live keys, a robot whose messages only another server receives appears to be disconnected.
        let is_unknown = status.is_incomplete && mapping.connection_status == ConnectionStatus::Disconnected;
        Self {
            vehicle_id: mapping.vehicle_id.to_string(),
            redis_key: mapping.redis_key.clone(),
            last_sync_time: mapping.last_sync_time.map(Timestamp::to_offset_date_time),
            sync_status: mapping.sync_status.as_str(),
            connection_status: (!is_unknown).then(|| mapping.connection_status.as_str()),
            last_rejection: mapping.last_rejection.as_ref().map(Into::into),
            last_mismatch: mapping.last_mismatch.as_ref().map(Into::into),
            bridge: status.bridge.as_ref().map(Into::into),
        }
    }
}
