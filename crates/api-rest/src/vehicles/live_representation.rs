//! The representations of live data: positions, states, and the mapping to live keys.

use application::live_queries::Sighting;
use domain::{
    telemetry::{self, ConnectionStatus, Timestamp},
    vehicle::{LastRejection, VehicleRedisMapping},
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
    /// The x component.
    pub(crate) x: f64,
    /// The y component.
    pub(crate) y: f64,
    /// The z component.
    pub(crate) z: f64,
    /// The real component.
    pub(crate) w: f64,
}

/// Where a vehicle was at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehiclePosition)]
pub(crate) struct PositionDocument {
    /// Metres along the map's x axis.
    pub(crate) x: f64,
    /// Metres along the map's y axis.
    pub(crate) y: f64,
    /// Metres up.
    pub(crate) z: f64,
    /// Degrees counter-clockwise from the x axis (REP 103), at least 0 and below 360.
    #[schema(minimum = 0, exclusive_maximum = 360)]
    pub(crate) heading: f64,
    /// Which way the vehicle faces.
    pub(crate) rotation: QuaternionDocument,
    /// When, by the robot's own clock.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) timestamp: OffsetDateTime,
    /// The coordinate frame that it is given in.
    #[schema(required)]
    pub(crate) frame_id: Option<String>,
    /// The map that it is on.
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

/// How a vehicle was at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehicleRuntimeState)]
pub(crate) struct StateDocument {
    /// m/s, at least 0.
    #[schema(minimum = 0)]
    pub(crate) current_speed: f64,
    /// The battery's charge in %.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) battery_level: f64,
    /// kg, at least 0.
    #[schema(required, minimum = 0)]
    pub(crate) current_load: Option<f64>,
    /// °C.
    #[schema(required)]
    pub(crate) temperature: Option<f64>,
    /// The faults that the robot reports.
    pub(crate) error_codes: Vec<String>,
    /// The robot's own word of what it is doing.
    #[schema(required, value_type = Option<words::VehicleStatus>)]
    pub(crate) status: Option<&'static str>,
    /// When, by the robot's own clock.
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

/// The position of one of many vehicles.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PositionItem)]
pub(crate) struct PositionItemDocument {
    /// The vehicle.
    #[schema(format = Uuid)]
    pub(crate) vehicle_id: String,
    /// Its newest position.
    pub(crate) position: PositionDocument,
    /// Its status.
    #[schema(value_type = words::VehicleStatus)]
    pub(crate) status: &'static str,
    /// Whether the robot is heard.
    #[schema(value_type = words::ConnectionStatus)]
    pub(crate) connection_status: &'static str,
    /// The age of the position in milliseconds, by the robot's clock; by its newest message where that clock has no date;
    /// null where neither is known.
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

/// The state of one of many vehicles.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StateItem)]
pub(crate) struct StateItemDocument {
    /// The vehicle.
    #[schema(format = Uuid)]
    pub(crate) vehicle_id: String,
    /// Its newest state.
    pub(crate) state: StateDocument,
    /// Its status.
    #[schema(value_type = words::VehicleStatus)]
    pub(crate) status: &'static str,
    /// Whether the robot is heard.
    #[schema(value_type = words::ConnectionStatus)]
    pub(crate) connection_status: &'static str,
    /// The age of the state in milliseconds, by the robot's clock; by its newest message where that clock has no date;
    /// null where neither is known.
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

/// How a vehicle is tied to its live keys in Redis.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VehicleRedisMapping)]
pub(crate) struct MappingDocument {
    /// The vehicle.
    #[schema(format = Uuid)]
    pub(crate) vehicle_id: String,
    /// What its live keys begin with.
    #[schema(example = "vehicle:{0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70}")]
    pub(crate) redis_key: String,
    /// When its keys were written last.
    #[schema(required)]
    #[serde(serialize_with = "rfc3339_option")]
    pub(crate) last_sync_time: Option<OffsetDateTime>,
    /// Whether the keys say what the server knows: SYNCED, OUT_OF_SYNC, or ERROR, also while messages are rejected.
    #[schema(value_type = words::SyncStatus)]
    pub(crate) sync_status: &'static str,
    /// Whether the robot is heard: CONNECTED, TIMEOUT or DISCONNECTED; null while that cannot be known, because the live
    /// keys cannot be read.
    #[schema(value_type = Option<words::ConnectionStatus>, required)]
    pub(crate) connection_status: Option<&'static str>,
    /// Why the robot's messages are rejected, while they are.
    #[schema(required)]
    pub(crate) last_rejection: Option<RejectionDocument>,
}

/// The newest of a row of messages that were rejected.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LastRejection)]
pub(crate) struct RejectionDocument {
    /// The kind of fault, as metrics and dead letters name it.
    #[schema(example = "out_of_bounds")]
    pub(crate) reason: &'static str,
    /// The fault itself.
    #[schema(example = "position is outside the bounds")]
    pub(crate) detail: String,
    /// When the message came in.
    #[serde(serialize_with = "rfc3339")]
    pub(crate) at: OffsetDateTime,
    /// How many messages were rejected in a row.
    #[schema(minimum = 1)]
    pub(crate) count: u64,
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

impl MappingDocument {
    /// The mapping of a vehicle that was observed; `is_incomplete`: without its live keys, which could not be read.
    pub(crate) fn new(mapping: &VehicleRedisMapping, is_incomplete: bool) -> Self {
        let is_unknown = is_incomplete && mapping.connection_status == ConnectionStatus::Disconnected;
        Self {
            vehicle_id: mapping.vehicle_id.to_string(),
            redis_key: mapping.redis_key.clone(),
            last_sync_time: mapping.last_sync_time.map(Timestamp::to_offset_date_time),
            sync_status: mapping.sync_status.as_str(),
            connection_status: (!is_unknown).then(|| mapping.connection_status.as_str()),
            last_rejection: mapping.last_rejection.as_ref().map(Into::into),
        }
    }
}
