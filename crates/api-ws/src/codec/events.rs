//! The events of a batch as they are written. The AsyncAPI document is made from these types.

use application::live::{LiveEvent, RosterEvent, VehicleInfo, VehicleView};
use domain::telemetry::{VehiclePosition, VehicleRuntimeState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::asyncapi::words::{ConnectionStatusWord, IdWord, VehicleStatusWord, VehicleTypeWord};

/// The newest that is known of a vehicle.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ViewJson<'a> {
    /// The newest position and state of a vehicle.
    PositionUpdate {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        position: PositionJson<'a>,
        /// The newest state, or null when none is known.
        #[schema(required = true)]
        state: Option<StateJson<'a>>,
        #[schema(value_type = VehicleStatusWord)]
        status: &'static str,
        #[schema(value_type = ConnectionStatusWord)]
        connection_status: &'static str,
    },
    /// The newest state of a vehicle without a known position.
    StateUpdate {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        state: StateJson<'a>,
        #[schema(value_type = VehicleStatusWord)]
        status: &'static str,
        #[schema(value_type = ConnectionStatusWord)]
        connection_status: &'static str,
    },
}

impl<'a> ViewJson<'a> {
    /// The view, if anything is known of the vehicle.
    pub(crate) fn of(view: &'a VehicleView) -> Option<Self> {
        let vehicle_id = view.vehicle_id.to_string();
        let state = view.state.as_ref().map(StateJson::from);
        let (status, connection_status) = (view.status.as_str(), view.connection.as_str());
        match (&view.position, state) {
            (Some(position), state) => Some(Self::PositionUpdate {
                vehicle_id,
                position: position.into(),
                state,
                status,
                connection_status,
            }),
            (None, Some(state)) => Some(Self::StateUpdate {
                vehicle_id,
                state,
                status,
                connection_status,
            }),
            (None, None) => None,
        }
    }
}

/// Where a vehicle is, in metres in the frame of its map.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Position)]
pub(crate) struct PositionJson<'a> {
    x: f64,
    y: f64,
    z: f64,
    /// Degrees counter-clockwise from +x.
    #[schema(minimum = 0, maximum = 360)]
    heading: f64,
    rotation: RotationJson,
    /// The robot's own time, in Unix milliseconds.
    timestamp: i64,
    /// The map, or null when the robot does not name one.
    #[schema(required = true)]
    map_id: Option<&'a str>,
}

impl<'a> From<&'a VehiclePosition> for PositionJson<'a> {
    fn from(position: &'a VehiclePosition) -> Self {
        let rotation = &position.rotation;
        Self {
            x: position.x,
            y: position.y,
            z: position.z,
            heading: position.heading(),
            rotation: RotationJson {
                x: rotation.x(),
                y: rotation.y(),
                z: rotation.z(),
                w: rotation.w(),
            },
            timestamp: position.timestamp.as_unix_ms(),
            map_id: position.map_id.as_ref().map(|map| map.as_str()),
        }
    }
}

/// A unit quaternion.
#[derive(Serialize, ToSchema)]
#[schema(as = Rotation)]
pub(crate) struct RotationJson {
    x: f64,
    y: f64,
    z: f64,
    w: f64,
}

/// How a vehicle is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = State)]
pub(crate) struct StateJson<'a> {
    /// Metres per second.
    #[schema(minimum = 0)]
    current_speed: f64,
    /// Percent.
    #[schema(minimum = 0, maximum = 100)]
    battery_level: f64,
    /// Kilograms, or null when it is not known.
    #[schema(required = true)]
    current_load: Option<f64>,
    /// Degrees Celsius, or null when it is not known.
    #[schema(required = true)]
    temperature: Option<f64>,
    /// The faults that the robot reports.
    error_codes: Vec<&'a str>,
    /// The robot's own time, in Unix milliseconds.
    last_update_time: i64,
}

impl<'a> From<&'a VehicleRuntimeState> for StateJson<'a> {
    fn from(state: &'a VehicleRuntimeState) -> Self {
        Self {
            current_speed: state.current_speed(),
            battery_level: state.battery_level().get(),
            current_load: state.current_load(),
            temperature: state.temperature(),
            error_codes: state.error_codes().iter().map(|code| code.as_str()).collect(),
            last_update_time: state.last_update_time.as_unix_ms(),
        }
    }
}

/// Something that happened to a vehicle.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum EventJson<'a> {
    /// The status of a vehicle changed.
    StateChange {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        #[schema(value_type = VehicleStatusWord)]
        old_status: &'static str,
        #[schema(value_type = VehicleStatusWord)]
        new_status: &'static str,
        /// The time at which the server learnt of it, in Unix milliseconds.
        at: i64,
    },
    /// A vehicle reports a fault that it did not report before.
    VehicleError {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        error_code: &'a str,
        message: String,
    },
    /// A vehicle is heard again, or is silent.
    ConnectionChange {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        #[schema(value_type = ConnectionStatusWord)]
        connection_status: &'static str,
        reason: &'static str,
        /// Unix milliseconds.
        since: i64,
    },
    /// A vehicle was disabled or deleted, or may no longer be seen.
    VehicleRemoved {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
    },
    /// A vehicle no longer matches any subscription of this socket, which has others.
    VehicleLeft {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
    },
}

impl<'a> From<&'a LiveEvent> for EventJson<'a> {
    fn from(event: &'a LiveEvent) -> Self {
        let vehicle_id = event.vehicle_id().to_string();
        match event {
            LiveEvent::StateChange { old, new, at, .. } => Self::StateChange {
                vehicle_id,
                old_status: old.as_str(),
                new_status: new.as_str(),
                at: at.as_unix_ms(),
            },
            LiveEvent::VehicleError { code, .. } => Self::VehicleError {
                vehicle_id,
                error_code: code.as_str(),
                message: format!("the vehicle reports {}", code.as_str()),
            },
            LiveEvent::ConnectionChange {
                connection,
                reason,
                since,
                ..
            } => Self::ConnectionChange {
                vehicle_id,
                connection_status: connection.as_str(),
                reason,
                since: since.as_unix_ms(),
            },
            LiveEvent::VehicleRemoved { .. } => Self::VehicleRemoved { vehicle_id },
            LiveEvent::VehicleLeft { .. } => Self::VehicleLeft { vehicle_id },
        }
    }
}

/// Something about which vehicles there are.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum RosterJson<'a> {
    VehicleInfo(InfoJson<'a>),
    VehicleAdded(InfoJson<'a>),
    VehicleUpdated(InfoJson<'a>),
    VehicleDeleted { vehicle_id: String },
}

impl RosterJson<'_> {
    /// The types of the events that carry an [`InfoJson`], and what they mean.
    pub(crate) const WITH_INFO: [(&'static str, &'static str); 3] = [
        (
            "vehicleInfo",
            "A vehicle that was there when the registry was subscribed to.",
        ),
        (
            "vehicleAdded",
            "A vehicle was registered, or may be seen from now on.",
        ),
        ("vehicleUpdated", "The description of a vehicle changed."),
    ];
}

/// A vehicle was deleted, or may no longer be seen.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes `RosterJson::VehicleDeleted`")]
pub(crate) struct DeletedJson {
    #[schema(value_type = IdWord)]
    vehicle_id: String,
}

impl<'a> From<&'a RosterEvent> for RosterJson<'a> {
    fn from(event: &'a RosterEvent) -> Self {
        match event {
            RosterEvent::Info(info) => Self::VehicleInfo((&**info).into()),
            RosterEvent::Added(info) => Self::VehicleAdded((&**info).into()),
            RosterEvent::Updated(info) => Self::VehicleUpdated((&**info).into()),
            RosterEvent::Deleted(id) => Self::VehicleDeleted {
                vehicle_id: id.to_string(),
            },
        }
    }
}

/// A vehicle as the registry describes it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InfoJson<'a> {
    #[schema(value_type = IdWord)]
    vehicle_id: String,
    name: &'a str,
    #[schema(value_type = VehicleTypeWord)]
    vehicle_type: &'static str,
    is_enabled: bool,
    #[schema(value_type = VehicleStatusWord)]
    status: &'static str,
    #[schema(value_type = Vec<IdWord>)]
    group_ids: Vec<String>,
}

impl<'a> From<&'a VehicleInfo> for InfoJson<'a> {
    fn from(info: &'a VehicleInfo) -> Self {
        Self {
            vehicle_id: info.vehicle_id.to_string(),
            name: info.name.as_str(),
            vehicle_type: info.kind.as_str(),
            is_enabled: info.is_enabled,
            status: info.status.as_str(),
            group_ids: info.group_ids.iter().map(ToString::to_string).collect(),
        }
    }
}
