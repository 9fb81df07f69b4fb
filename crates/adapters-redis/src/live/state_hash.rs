//! A runtime state as a hash.

use domain::telemetry::{ErrorCode, InvalidRuntimeState, VehicleRuntimeState};

use super::hash::{BrokenField, Fields};

pub(crate) const FIELDS: [&str; 7] = [
    "currentSpeed",
    "batteryLevel",
    "currentLoad",
    "temperature",
    "errorCodes",
    "status",
    "lastUpdateTime",
];

/// The text of every field. The numbers' texts read back exactly; an empty text means that the field goes.
pub(crate) fn write(state: &VehicleRuntimeState) -> [String; 7] {
    let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let codes: Vec<_> = state.error_codes().iter().map(|code| code.as_str()).collect();
    [
        state.current_speed().to_string(),
        state.battery_level().get().to_string(),
        number(state.current_load()),
        number(state.temperature()),
        serde_json::json!(codes).to_string(),
        state.status.map(|status| status.to_string()).unwrap_or_default(),
        state.last_update_time.to_string(),
    ]
}

/// Understands a hash.
pub(crate) fn read(fields: &Fields<7>) -> Result<VehicleRuntimeState, BrokenField> {
    let (speed, battery) = (fields.number("currentSpeed")?, fields.number("batteryLevel")?);
    let at = fields.timestamp("lastUpdateTime")?;
    let (load, temperature) = (fields.optional("currentLoad")?, fields.optional("temperature")?);
    let (codes, status) = (error_codes(fields)?, fields.optional("status")?);
    VehicleRuntimeState::new(speed, battery, at)
        .and_then(|state| state.with_current_load(load))
        .and_then(|state| state.with_temperature(temperature))
        .map(|state| state.with_error_codes(codes).with_status(status))
        .map_err(|InvalidRuntimeState { field, fault }| BrokenField::new(field, fault))
}

fn error_codes(fields: &Fields<7>) -> Result<Vec<ErrorCode>, BrokenField> {
    let Some(json) = fields.text("errorCodes") else {
        return Ok(Vec::new());
    };
    let codes: Vec<String> = serde_json::from_str(json)
        .map_err(|_| BrokenField::new("errorCodes", "must be a JSON array of texts"))?;
    let code = |code: String| ErrorCode::new(&code).map_err(|fault| BrokenField::new("errorCodes", fault));
    codes.into_iter().map(code).collect()
}
