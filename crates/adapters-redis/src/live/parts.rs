//! The parts of a record to write, and the flags that the script returns.

use std::time::Duration;

use application::ports::{LiveRecord, Series};
use domain::{
    VehicleId,
    telemetry::{VehiclePosition, VehicleRuntimeState},
};

pub(super) const POSITION_WRITTEN: i64 = 1;
pub(super) const STATE_WRITTEN: i64 = 2;
/// Flag for a key that belongs to a later series and was left unchanged.
pub(super) const OVERTAKEN: i64 = 4;

/// Parts of one vehicle's record to write.
pub(super) struct Parts<'a> {
    pub(super) id: VehicleId,
    pub(super) position: Option<&'a VehiclePosition>,
    pub(super) state: Option<&'a VehicleRuntimeState>,
    /// Series of both parts; `None` continues the series in the keys.
    pub(super) series: Option<Series>,
    pub(super) expires_in: Duration,
}

impl<'a> Parts<'a> {
    pub(super) fn of(record: &'a LiveRecord) -> Self {
        let LiveRecord {
            vehicle_id,
            position,
            state,
            series,
            expires_in,
            ..
        } = record;
        Self {
            id: *vehicle_id,
            position: position.as_ref(),
            state: state.as_ref(),
            series: Some(*series),
            expires_in: *expires_in,
        }
    }
}
