//! What others have kept of a vehicle, judged by the rules that its messages are judged by.

use domain::telemetry::{PlausibilityRules, Timestamp, VehiclePosition, VehicleRuntimeState};

use crate::record::{BrokenParts, LiveRecord};

/// Whether a kept position can be true.
pub fn is_position_believed(position: &VehiclePosition, rules: &PlausibilityRules, now: Timestamp) -> bool {
    let judged = rules.check_kept(position, now);
    judged
        .inspect_err(|fault| tracing::warn!(%fault, "a kept position cannot be true"))
        .is_ok()
}

/// Whether a kept state can be true.
pub fn is_state_believed(state: &VehicleRuntimeState, rules: &PlausibilityRules, now: Timestamp) -> bool {
    let judged = rules.check_ahead(state.last_update_time, now);
    judged
        .inspect_err(|fault| tracing::warn!(%fault, "a kept state cannot be true"))
        .is_ok()
}

/// Takes the parts out of a record that cannot be true; they join those that cannot be understood.
pub fn believed(mut record: LiveRecord, rules: &PlausibilityRules, now: Timestamp) -> LiveRecord {
    let BrokenParts { position, state } = record.broken;
    let position_kept = record
        .position
        .take_if(|position| !is_position_believed(position, rules, now));
    let state_kept = record
        .state
        .take_if(|state| !is_state_believed(state, rules, now));
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
