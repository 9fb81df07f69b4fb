//! The events of a batch in their wire form, from which the AsyncAPI document is generated.

use application::live::{LiveEvent, RosterEvent, VehicleInfo, VehicleView};
use domain::telemetry::{Rotation, VehiclePosition, VehicleRuntimeState};
use serde::Serialize;
use utoipa::ToSchema;

use super::number::Number;
use crate::asyncapi::words::{ConnectionStatusWord, IdWord, VehicleStatusWord, VehicleTypeWord};

/// The newest known position and state of a vehicle.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ViewJson<'a> {
    /// The newest position and state of a vehicle.
    PositionUpdate {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        position: PositionJson<'a>,
        /// The newest state; null if none is known.
        #[schema(required = true)]
        state: Option<StateJson<'a>>,
        #[schema(value_type = VehicleStatusWord)]
        status: &'static str,
        #[schema(value_type = ConnectionStatusWord)]
        connection_status: &'static str,
    },
    /// The newest state of a vehicle whose position is not known.
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
    /// Returns the view, or `None` if neither position nor state is known.
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

/// Position of a vehicle, in metres in the frame of its map.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Position)]
pub(crate) struct PositionJson<'a> {
    #[schema(value_type = f64)]
    x: Number,
    #[schema(value_type = f64)]
    y: Number,
    #[schema(value_type = f64)]
    z: Number,
    /// Degrees counter-clockwise from the +x axis.
    #[schema(value_type = f64, minimum = 0, maximum = 360)]
    heading: Number,
    rotation: RotationJson,
    /// Time of the measurement by the robot's clock, or of arrival if the robot reports none, in Unix milliseconds.
    timestamp: i64,
    /// Id of the map; null if the robot does not report one.
    #[schema(required = true)]
    map_id: Option<&'a str>,
}

impl<'a> From<&'a VehiclePosition> for PositionJson<'a> {
    fn from(position: &'a VehiclePosition) -> Self {
        Self {
            x: Number(position.x),
            y: Number(position.y),
            z: Number(position.z),
            heading: Number(position.heading()),
            rotation: RotationJson::from(&position.rotation),
            timestamp: position.timestamp.as_unix_ms(),
            map_id: position.map_id.as_ref().map(|map| map.as_str()),
        }
    }
}

/// Orientation as a unit quaternion.
#[derive(PartialEq, Serialize, ToSchema)]
#[schema(as = Rotation)]
pub(crate) struct RotationJson {
    #[schema(value_type = f64)]
    x: Number,
    #[schema(value_type = f64)]
    y: Number,
    #[schema(value_type = f64)]
    z: Number,
    #[schema(value_type = f64)]
    w: Number,
}

impl From<&Rotation> for RotationJson {
    fn from(rotation: &Rotation) -> Self {
        Self {
            x: Number(rotation.x()),
            y: Number(rotation.y()),
            z: Number(rotation.z()),
            w: Number(rotation.w()),
        }
    }
}

/// State of a vehicle, as the robot reports it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = State)]
pub(crate) struct StateJson<'a> {
    /// Speed in metres per second.
    #[schema(value_type = f64, minimum = 0)]
    current_speed: Number,
    /// Charge of the battery in percent.
    #[schema(value_type = f64, minimum = 0, maximum = 100)]
    battery_level: Number,
    /// Load in kilograms; null if unknown.
    #[schema(value_type = Option<f64>, required = true)]
    current_load: Option<Number>,
    /// Temperature in degrees Celsius; null if unknown.
    #[schema(value_type = Option<f64>, required = true)]
    temperature: Option<Number>,
    /// Error codes that the robot currently reports.
    error_codes: Vec<&'a str>,
    /// Time of the measurement by the robot's clock, or of arrival if the robot reports none, in Unix milliseconds.
    last_update_time: i64,
}

impl<'a> From<&'a VehicleRuntimeState> for StateJson<'a> {
    fn from(state: &'a VehicleRuntimeState) -> Self {
        Self {
            current_speed: Number(state.current_speed()),
            battery_level: Number(state.battery_level().get()),
            current_load: state.current_load().map(Number),
            temperature: state.temperature().map(Number),
            error_codes: state.error_codes().iter().map(|code| code.as_str()).collect(),
            last_update_time: state.last_update_time.as_unix_ms(),
        }
    }
}

/// A change to a vehicle.
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
        /// Time at which the server received the change, in Unix milliseconds.
        at: i64,
    },
    /// A vehicle reports an error code that it did not report before.
    VehicleError {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        /// The new error code.
        error_code: &'a str,
        /// Human-readable description of the error.
        message: String,
    },
    /// The connection status of a vehicle changed: its messages have started or stopped arriving.
    ConnectionChange {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        #[schema(value_type = ConnectionStatusWord)]
        connection_status: &'static str,
        /// Human-readable reason for the change.
        reason: &'static str,
        /// Time since which messages have been arriving, or have not been arriving, in Unix milliseconds.
        since: i64,
    },
    /// A vehicle was disabled or deleted, or is no longer visible to the user.
    VehicleRemoved {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
    },
    /// A vehicle no longer matches any of the remaining subscriptions of this socket.
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

/// A change to the registry.
#[expect(
    clippy::enum_variant_names,
    reason = "the variants are named as the events on the wire"
)]
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum RosterJson<'a> {
    VehicleInfo(InfoJson<'a>),
    VehicleAdded(InfoJson<'a>),
    VehicleUpdated(InfoJson<'a>),
    VehicleDeleted { vehicle_id: String },
}

impl RosterJson<'_> {
    /// Types and descriptions of the events that carry an [`InfoJson`].
    pub(crate) const WITH_INFO: [(&'static str, &'static str); 3] = [
        (
            "vehicleInfo",
            "A vehicle that existed at the time of the subscription to the registry.",
        ),
        (
            "vehicleAdded",
            "A vehicle was registered, or has become visible to the user.",
        ),
        ("vehicleUpdated", "The registry entry of a vehicle changed."),
    ];
}

/// A vehicle was deleted, or is no longer visible to the user.
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

/// Registry entry of a vehicle.
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
