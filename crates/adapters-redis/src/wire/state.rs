//! Decoding of the objects on the channel `vehicle:state:update`.

use application::telemetry::{Content, OptionalField, Rejection};
use domain::{
    telemetry::{ErrorCode, InvalidRuntimeState, VehicleRuntimeState},
    text::InvalidNumber,
};
use serde::Deserialize;

use super::{
    field::{self, Field, Optional, invalid, not_finite},
    object::{Object, Reading},
    ros,
};

/// Plain state, or one in a ROS 2 message.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    vehicle_id: Field<'a>,
    current_speed: Field<'a>,
    battery_level: Field<'a>,
    current_load: Field<'a>,
    temperature: Field<'a>,
    error_codes: Field<'a>,
    status: Field<'a>,
    last_update_time: Field<'a>,
    traceparent: Field<'a>,
    #[serde(rename = "type")]
    kind: Field<'a>,
    msg: Field<'a>,
}

impl<'a> Object<'a> for Message<'a> {
    fn vehicle_id(&self) -> Field<'a> {
        self.vehicle_id
    }

    fn traceparent(&self) -> Field<'a> {
        self.traceparent
    }

    fn content(&self, reading: &mut Reading) -> Result<Content, Rejection> {
        if ros::is_meant(self.kind, self.msg, self.battery_level) {
            return ros::battery(self.kind, self.msg, reading);
        }
        Ok(Content::State(self.state(reading)?))
    }
}

impl Message<'_> {
    fn state(&self, reading: &mut Reading) -> Result<VehicleRuntimeState, Rejection> {
        let speed = field::number("currentSpeed", self.current_speed)?;
        let battery = field::number("batteryLevel", self.battery_level)?;
        let given = field::timestamp("lastUpdateTime", self.last_update_time)?;
        let at = reading.time(given);
        let state = VehicleRuntimeState::new(speed, battery, at).map_err(
            |InvalidRuntimeState { field, fault }| match fault {
                InvalidNumber::NotFinite => not_finite(field),
                _ => invalid(field, fault),
            },
        )?;
        let optional = &mut reading.optional;
        let load = optional.number(OptionalField::CurrentLoad, self.current_load);
        let temperature = optional.number(OptionalField::Temperature, self.temperature);
        let status = optional.read(OptionalField::Status, self.status, |status| {
            field::parsed("status", status).ok()
        });
        let state = state
            .with_possible_load(load)
            .with_possible_temperature(temperature);
        if state.current_load() != load {
            optional.drop(OptionalField::CurrentLoad);
        }
        if state.temperature() != temperature {
            optional.drop(OptionalField::Temperature);
        }
        Ok(state
            .with_error_codes(error_codes(self.error_codes, optional))
            .with_status(status))
    }
}

/// Returns the valid error codes. Unknown ones (`null`) are skipped, invalid ones recorded as dropped.
fn error_codes(field: Field<'_>, optional: &mut Optional) -> Vec<ErrorCode> {
    let name = OptionalField::ErrorCodes;
    let codes: Option<Vec<Field<'_>>> =
        optional.read(name, field, |field| serde_json::from_str(field.known()?).ok());
    let mut possible = Vec::new();
    for code in codes.into_iter().flatten() {
        possible.extend(optional.read(name, code, |code| {
            ErrorCode::new(&field::text("errorCodes", code).ok()?).ok()
        }));
    }
    possible
}
