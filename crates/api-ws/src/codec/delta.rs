//! The difference between two views of a vehicle in its wire form.

use application::live::VehicleView;
use domain::telemetry::{VehiclePosition, VehicleRuntimeState};
use serde::Serialize;
use utoipa::ToSchema;

use super::{events::RotationJson, number::Number};
use crate::asyncapi::words::IdWord;

/// The changes to a vehicle since its last update.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum ChangeJson<'a> {
    /// The fields of a vehicle's position and state that have changed since its last `positionUpdate` or
    /// `positionDelta`. All other fields keep their values.
    PositionDelta {
        #[schema(value_type = IdWord)]
        vehicle_id: String,
        /// The changed fields of the position; absent if none has changed.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = ChangedPosition<'static>, required = false)]
        position: Option<ChangedPosition<'a>>,
        /// The changed fields of the state; absent if none has changed, null if the state is no longer known.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<ChangedState<'static>>, required = false)]
        state: Option<Option<ChangedState<'a>>>,
    },
}

/// Changed fields of a position. A changed rotation is sent in full.
#[derive(PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangedPosition)]
pub(crate) struct ChangedPosition<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false)]
    x: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false)]
    y: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false)]
    z: Option<Number>,
    /// Degrees counter-clockwise from the +x axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false, minimum = 0, maximum = 360)]
    heading: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RotationJson, required = false)]
    rotation: Option<RotationJson>,
    /// Time of the measurement by the robot's clock, or of arrival if the robot reports none, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    timestamp: Option<i64>,
    /// Id of the map; null if the robot no longer reports one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    map_id: Option<Option<&'a str>>,
}

/// Changed fields of a state.
#[derive(PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangedState)]
pub(crate) struct ChangedState<'a> {
    /// Speed in metres per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false, minimum = 0)]
    current_speed: Option<Number>,
    /// Charge of the battery in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, required = false, minimum = 0, maximum = 100)]
    battery_level: Option<Number>,
    /// Load in kilograms; null if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>, required = false)]
    current_load: Option<Option<Number>>,
    /// Temperature in degrees Celsius; null if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>, required = false)]
    temperature: Option<Option<Number>>,
    /// All error codes that the robot currently reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<String>, required = false)]
    error_codes: Option<Vec<&'a str>>,
    /// Time of the measurement by the robot's clock, or of arrival if the robot reports none, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64, required = false)]
    last_update_time: Option<i64>,
}

/// Content of an event that shows a changed view.
pub(super) enum Shown<'a> {
    Full(&'a VehicleView),
    Change(Box<ChangeJson<'a>>),
}

impl<'a> Shown<'a> {
    /// Returns the content for recipients that have the view `base` of the vehicle; `None` if it shows nothing new to
    /// them. Changes of status and connection are separate events.
    pub(super) fn of(base: Option<&VehicleView>, view: &'a VehicleView) -> Option<Self> {
        match base.map(|base| ChangeJson::between(base, view)) {
            None | Some(None) if view.is_empty() => None,
            None | Some(None) => Some(Self::Full(view)),
            Some(Some(ChangeJson::PositionDelta {
                position: None,
                state: None,
                ..
            })) => None,
            Some(Some(change)) => Some(Self::Change(Box::new(change))),
        }
    }
}

impl<'a> ChangeJson<'a> {
    /// Returns the difference between two views of a vehicle; `None` if it cannot be expressed, because one of them has
    /// no position.
    pub(super) fn between(base: &VehicleView, view: &'a VehicleView) -> Option<Self> {
        let positions = (base.position.as_ref()?, view.position.as_ref()?);
        let state = match (&base.state, &view.state) {
            (None, None) => None,
            (Some(_), None) => Some(None),
            (before, Some(after)) => ChangedState::between(before.as_ref(), after).map(Some),
        };
        Some(Self::PositionDelta {
            vehicle_id: view.vehicle_id.to_string(),
            position: ChangedPosition::between(positions.0, positions.1),
            state,
        })
    }
}

fn changed<T: PartialEq>(before: &T, after: T) -> Option<T> {
    (*before != after).then_some(after)
}

impl<'a> ChangedPosition<'a> {
    const NONE: Self = Self {
        x: None,
        y: None,
        z: None,
        heading: None,
        rotation: None,
        timestamp: None,
        map_id: None,
    };

    /// Returns the difference; `None` if no field that is sent differs.
    fn between(before: &VehiclePosition, after: &'a VehiclePosition) -> Option<Self> {
        let number = |before: f64, after: f64| changed(&before, after).map(Number);
        let is_turned = before.rotation != after.rotation;
        let change = Self {
            x: number(before.x, after.x),
            y: number(before.y, after.y),
            z: number(before.z, after.z),
            heading: number(before.heading(), after.heading()),
            rotation: is_turned.then(|| RotationJson::from(&after.rotation)),
            timestamp: changed(&before.timestamp.as_unix_ms(), after.timestamp.as_unix_ms()),
            map_id: (before.map_id != after.map_id).then(|| after.map_id.as_ref().map(|map| map.as_str())),
        };
        (change != Self::NONE).then_some(change)
    }
}

impl<'a> ChangedState<'a> {
    const NONE: Self = Self {
        current_speed: None,
        battery_level: None,
        current_load: None,
        temperature: None,
        error_codes: None,
        last_update_time: None,
    };

    /// Returns the difference, or the whole state if there was none before; `None` if no field that is sent differs.
    fn between(before: Option<&VehicleRuntimeState>, after: &'a VehicleRuntimeState) -> Option<Self> {
        let number = |of: fn(&VehicleRuntimeState) -> f64| {
            (before.map(of) != Some(of(after))).then(|| Number(of(after)))
        };
        let optional = |of: fn(&VehicleRuntimeState) -> Option<f64>| {
            (before.map(of) != Some(of(after))).then(|| of(after).map(Number))
        };
        let codes = before.map(VehicleRuntimeState::error_codes) != Some(after.error_codes());
        let time = before.map(|before| before.last_update_time) != Some(after.last_update_time);
        let change = Self {
            current_speed: number(VehicleRuntimeState::current_speed),
            battery_level: number(|state| state.battery_level().get()),
            current_load: optional(VehicleRuntimeState::current_load),
            temperature: optional(VehicleRuntimeState::temperature),
            error_codes: codes.then(|| after.error_codes().iter().map(|code| code.as_str()).collect()),
            last_update_time: time.then(|| after.last_update_time.as_unix_ms()),
        };
        (change != Self::NONE).then_some(change)
    }
}
