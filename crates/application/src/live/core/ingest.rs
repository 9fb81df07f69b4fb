//! What one message changes.

use std::sync::Arc;

use domain::{
    VehicleId,
    telemetry::{Percentage, PositionTrack, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::VehicleStatus,
};

use super::Core;
use crate::{
    live::{
        event::LiveEvent,
        live_table::{Standing, VehicleIndex},
        vehicle_watch::VehicleNews,
    },
    moment::Moment,
    ports::LiveRecord,
    registry::{RegistryNews, StatusChange},
    telemetry::{Content, Reason, Rejection, Report},
    trace::TraceParent,
};

/// What became of a report that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::live) struct Outcome {
    /// The vehicle.
    pub(in crate::live) index: VehicleIndex,
    /// The robot's own time of what it reported.
    pub(in crate::live) timestamp: Timestamp,
}

impl Core {
    /// Judges a report and, when it can be true, makes it the newest that is known of its vehicle.
    pub(in crate::live) fn apply(
        &mut self,
        report: Report,
        received_at: Moment,
        now: Moment,
    ) -> Result<Outcome, Rejection> {
        let index = self.enabled(report.vehicle_id)?;
        let timestamp = match report.content {
            Content::Position { position, speed } => self.apply_position(index, position, speed, now)?,
            Content::State(state) => self.apply_state(index, state, now)?,
            Content::Battery { level, at } => self.apply_battery(index, level, at, now)?,
        };
        self.heard(index, received_at, now);
        self.owe_keys(index, now);
        self.changed(index, now);
        Ok(Outcome { index, timestamp })
    }

    /// The next frames that show a vehicle carry on the trace of a message.
    pub(in crate::live) fn carry_trace(&mut self, index: VehicleIndex, trace: TraceParent) {
        self.hub.carry_trace(&self.table.at(index).rooms, trace);
    }

    /// Takes over what the live keys say, as far as it is newer than what is known.
    pub(in crate::live) fn restore(&mut self, record: LiveRecord, now: Moment) {
        let Standing::Enabled(index) = self.table.standing(record.vehicle_id) else {
            return;
        };
        let vehicle = self.table.at_mut(index);
        vehicle.keys.keep_until(now.after(record.expires_in));
        let known = vehicle.track.newest().map(|position| position.timestamp);
        let mut is_changed = false;
        if let Some(position) = record.position
            && known.is_none_or(|known| position.timestamp > known)
        {
            vehicle.track = PositionTrack::resume(position);
            is_changed = true;
        }
        let known = vehicle.state.as_ref().map(|state| state.last_update_time);
        if let Some(state) = record.state
            && known.is_none_or(|known| state.last_update_time > known)
        {
            vehicle.state = Some(state);
            is_changed = true;
        }
        if is_changed {
            self.changed(index, now);
        }
    }

    fn enabled(&self, id: VehicleId) -> Result<VehicleIndex, Rejection> {
        match self.table.standing(id) {
            Standing::Enabled(index) => Ok(index),
            Standing::Disabled => Err(Rejection::new(Reason::DisabledVehicle, "the vehicle is disabled")),
            Standing::Deleted => Err(Rejection::new(Reason::DeletedVehicle, "the vehicle was deleted")),
            Standing::Unknown => Err(Rejection::new(Reason::UnknownVehicle, "no vehicle has this id")),
        }
    }

    fn apply_position(
        &mut self,
        index: VehicleIndex,
        position: VehiclePosition,
        speed: Option<f64>,
        now: Moment,
    ) -> Result<Timestamp, Rejection> {
        let timestamp = position.timestamp;
        let vehicle = self.table.at_mut(index);
        vehicle
            .track
            .accept(position, &self.rules.plausibility, now.wall())?;
        if let (Some(speed), Some(state)) = (speed, &mut vehicle.state) {
            // The decoder gives a finite speed of at least 0; should it not, the state stays as it is.
            if let Ok(faster) = state.clone().with_current_speed(speed) {
                *state = faster;
            }
        }
        Ok(timestamp)
    }

    fn apply_state(
        &mut self,
        index: VehicleIndex,
        state: VehicleRuntimeState,
        now: Moment,
    ) -> Result<Timestamp, Rejection> {
        let timestamp = self.check_state_time(index, state.last_update_time, now)?;
        let vehicle = self.table.at_mut(index);
        let vehicle_id = vehicle.id;
        let before = vehicle.state.replace(state.clone());
        let (old, new) = (vehicle.status, state.status.unwrap_or(vehicle.status));
        if old != new {
            vehicle.status = new;
            self.statuses.insert(vehicle_id, new);
            self.hub.description_changed(vehicle, index);
            self.tell_status(index, old, new, now);
            self.happened(
                index,
                LiveEvent::StateChange {
                    vehicle_id,
                    old,
                    new,
                    at: now.wall(),
                },
                now,
            );
        }
        for code in state.new_error_codes(before.as_ref()) {
            self.happened(
                index,
                LiveEvent::VehicleError {
                    vehicle_id,
                    code: code.clone(),
                },
                now,
            );
        }
        Ok(timestamp)
    }

    /// Who watches the registry hears of it as well.
    fn tell_status(&mut self, index: VehicleIndex, old: VehicleStatus, new: VehicleStatus, now: Moment) {
        if !self.vehicle_watchers.is_empty() {
            self.vehicle_watchers.tell(&Arc::new(VehicleNews::StatusReported {
                vehicle: self.table.at_mut(index).vehicle(),
                old,
                at: now.wall().to_offset_date_time(),
            }));
        }
        if self.watchers.is_empty() {
            return;
        }
        let vehicle = self.table.at(index);
        let change = StatusChange {
            vehicle_id: vehicle.id,
            old,
            new,
            at: now.wall().to_offset_date_time(),
        };
        let news = Arc::new(RegistryNews::StatusChanged(change));
        self.watchers
            .tell(&news, vehicle.organization_id, &vehicle.group_ids);
    }

    fn apply_battery(
        &mut self,
        index: VehicleIndex,
        level: Percentage,
        at: Timestamp,
        now: Moment,
    ) -> Result<Timestamp, Rejection> {
        let timestamp = self.check_state_time(index, at, now)?;
        let vehicle = self.table.at_mut(index);
        vehicle.state = Some(match vehicle.state.take() {
            Some(state) => state.with_battery_level(level, at),
            None => VehicleRuntimeState::new(0.0, level.get(), at)
                .map_err(|fault| Rejection::new(Reason::InvalidField, fault))?,
        });
        Ok(timestamp)
    }

    fn check_state_time(
        &self,
        index: VehicleIndex,
        at: Timestamp,
        now: Moment,
    ) -> Result<Timestamp, Rejection> {
        let newest = self
            .table
            .at(index)
            .state
            .as_ref()
            .map(|state| state.last_update_time);
        self.rules.plausibility.check_time(at, newest, now.wall())?;
        Ok(at)
    }
}
