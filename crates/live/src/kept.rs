//! Plausibility checks of stored positions and states. Of the checks of messages, only those that need no earlier data
//! apply.

use domain::{
    VehicleId,
    telemetry::{PlausibilityRules, Timestamp, VehiclePosition, VehicleRuntimeState},
};

use crate::record::{BrokenParts, LiveRecord};

/// Returns `true` if the position in a vehicle's live key is plausible. Logs a warning otherwise.
pub fn is_position_believed(
    vehicle: VehicleId,
    position: &VehiclePosition,
    rules: &PlausibilityRules,
    now: Timestamp,
) -> bool {
    let judged = rules.check_kept(position, now);
    judged
        .inspect_err(|fault| {
            let VehiclePosition {
                x, y, z, timestamp, ..
            } = position;
            tracing::warn!(
                vehicle.id = %vehicle,
                x,
                y,
                z,
                reported_ms = timestamp.as_unix_ms(),
                %fault,
                "the position in a vehicle's live key is implausible"
            );
        })
        .is_ok()
}

/// Returns `true` if the state in a vehicle's live key is plausible. Logs a warning otherwise.
pub fn is_state_believed(
    vehicle: VehicleId,
    state: &VehicleRuntimeState,
    rules: &PlausibilityRules,
    now: Timestamp,
) -> bool {
    let judged = rules.check_ahead(state.last_update_time, now);
    judged
        .inspect_err(|fault| {
            tracing::warn!(
                vehicle.id = %vehicle,
                lastUpdateTime = state.last_update_time.as_unix_ms(),
                %fault,
                "the state in a vehicle's live key is implausible"
            );
        })
        .is_ok()
}

/// Removes implausible parts from a record, and marks them as broken, like parts that could not be decoded.
/// Recomputes `last_update` from the remaining parts.
pub fn believed(mut record: LiveRecord, rules: &PlausibilityRules, now: Timestamp) -> LiveRecord {
    let BrokenParts { position, state } = record.broken;
    let vehicle = record.vehicle_id;
    let position_kept = record
        .position
        .take_if(|position| !is_position_believed(vehicle, position, rules, now));
    let state_kept = record
        .state
        .take_if(|state| !is_state_believed(vehicle, state, rules, now));
    record.broken = BrokenParts {
        position: position || position_kept.is_some(),
        state: state || state_kept.is_some(),
    };
    let times = [
        record.position.as_ref().map(|position| position.timestamp),
        record.state.as_ref().map(|state| state.last_update_time),
    ];
    record.last_update = times.into_iter().flatten().max().unwrap_or(Timestamp::EPOCH);
    record
}
