//! Channel `vehicle:state:update`.

use application::telemetry::{Content, Rejection, Report};
use domain::{
    telemetry::{ErrorCode, InvalidRuntimeState, VehicleRuntimeState},
    text::InvalidNumber,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    field::{self, Field, invalid, not_finite},
    ros,
};

/// A plain state, or one in a ROS 2 message.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
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

impl Message<'_> {
    pub(super) fn into_report(self) -> Result<Report, Rejection> {
        let vehicle_id = field::vehicle_id(self.vehicle_id)?;
        let content = if ros::is_meant(self.kind, self.msg, self.battery_level) {
            ros::battery(self.kind, self.msg)?
        } else {
            Content::State(self.state()?)
        };
        Ok(Report {
            vehicle_id,
            content,
            trace_parent: field::trace_parent(self.traceparent),
        })
    }

    fn state(&self) -> Result<VehicleRuntimeState, Rejection> {
        let speed = field::number("currentSpeed", self.current_speed)?;
        let battery = field::number("batteryLevel", self.battery_level)?;
        let at = field::timestamp("lastUpdateTime", self.last_update_time)?;
        let load = field::optional_number("currentLoad", self.current_load)?;
        let temperature = field::optional_number("temperature", self.temperature)?;
        let status = self
            .status
            .map(|_| field::parsed("status", self.status))
            .transpose()?;
        let state = VehicleRuntimeState::new(speed, battery, at)
            .and_then(|state| state.with_current_load(load))
            .and_then(|state| state.with_temperature(temperature))
            .map_err(|InvalidRuntimeState { field, fault }| match fault {
                InvalidNumber::NotFinite => not_finite(field),
                _ => invalid(field, fault),
            })?;
        Ok(state.with_error_codes(self.error_codes()?).with_status(status))
    }

    fn error_codes(&self) -> Result<Vec<ErrorCode>, Rejection> {
        let Some(json) = self.error_codes else {
            return Ok(Vec::new());
        };
        let codes: Vec<&RawValue> = serde_json::from_str(json.get())
            .map_err(|_| invalid("errorCodes", "must be an array of texts"))?;
        let code = |(index, code): (usize, &RawValue)| {
            let name = format!("errorCodes[{index}]");
            let text = field::text(&name, Some(code))?;
            ErrorCode::new(&text).map_err(|fault| invalid(&name, fault))
        };
        codes.into_iter().enumerate().map(code).collect()
    }
}
