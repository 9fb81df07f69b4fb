//! Conversion between a runtime state and its hash.

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

/// Returns the text of every field, which is empty for a field to delete. Numbers are read back exactly.
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

/// Parses a hash. Optional fields with impossible values are treated as absent.
pub(crate) fn read(fields: &Fields<7>) -> Result<VehicleRuntimeState, BrokenField> {
    let (speed, battery) = (fields.number("currentSpeed")?, fields.number("batteryLevel")?);
    let at = fields.timestamp("lastUpdateTime")?;
    let number = |text: &str| text.parse::<f64>().ok();
    VehicleRuntimeState::new(speed, battery, at)
        .map(|state| state.with_possible_load(fields.possible("currentLoad", number)))
        .map(|state| state.with_possible_temperature(fields.possible("temperature", number)))
        .map(|state| {
            let codes = fields.possible("errorCodes", error_codes).unwrap_or_default();
            state
                .with_error_codes(codes)
                .with_status(fields.possible("status", |text| text.parse().ok()))
        })
        .map_err(|InvalidRuntimeState { field, fault }| BrokenField::new(field, fault))
}

fn error_codes(json: &str) -> Option<Vec<ErrorCode>> {
    let codes: Vec<serde_json::Value> = serde_json::from_str(json).ok()?;
    let code = |code: &serde_json::Value| ErrorCode::new(code.as_str()?).ok();
    Some(codes.iter().filter_map(code).collect())
}
