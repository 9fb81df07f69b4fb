//! The effects of one message from a robot, and of data read from the live keys.

use std::sync::Arc;

use domain::{
    VehicleId,
    telemetry::{
        Acceptance, Arrival, Percentage, PositionTrack, Timestamp, VehiclePosition, VehicleRuntimeState,
    },
    vehicle::VehicleStatus,
};

use super::Core;
use crate::{
    event::LiveEvent,
    indices::VehicleIndex,
    kept::believed,
    kept_age::KeptAge,
    live_table::Registration,
    moment::Moment,
    record::{LiveRecord, SeriesTime},
    registry_news::{RegistryNews, StatusChange},
    report::{Channel, Content, Reason, Rejection, Report},
    tie::{order_of_positions, order_of_states},
    trace::TraceParent,
    traced::{MessageNumbers, TracedMessage},
    vehicle_watch::{IndexedNews, VehicleNews},
};

/// Outcome of an accepted report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Index of the vehicle.
    pub index: VehicleIndex,
    /// The robot's timestamp of the reported data.
    pub timestamp: Timestamp,
    /// Whether the report is the newest, or the first one after the robot's clock was set back.
    pub acceptance: Acceptance,
}

impl Core {
    /// Checks a report and, if it is plausible, stores it as the newest data of its vehicle. Even a rejected report
    /// shows that an enabled vehicle is connected.
    ///
    /// # Errors
    /// Returns the reason if the report is rejected.
    pub fn apply(&mut self, report: Report, received_at: Moment, now: Moment) -> Result<Outcome, Rejection> {
        let index = self.enabled(report.vehicle_id)?;
        // Before the checks: even a rejected message proves that the robot is connected.
        self.message_received(index, received_at, now);
        let channel = report.channel();
        let arrival = Arrival {
            wall: now.wall(),
            uptime: received_at.uptime(),
        };
        let applied = match report.content {
            Content::Position { position, speed } => self.apply_position(index, position, speed, arrival),
            Content::State(state) => self.apply_state(index, state, arrival, received_at, now),
            Content::Battery { level, at } => self.apply_battery(index, level, at, arrival),
        };
        let (timestamp, acceptance) = match applied {
            Ok(accepted) => accepted,
            Err(rejection) => {
                self.note_rejection(index, channel, &rejection, received_at);
                return Err(rejection);
            }
        };
        self.table.at_mut(index).rejections.accepted(channel);
        self.hub.accepted += 1;
        let number = self.hub.accepted;
        self.table.at_mut(index).messages.set(channel, number);
        self.owe_keys(index, now);
        self.changed(index, now);
        Ok(Outcome {
            index,
            timestamp,
            acceptance,
        })
    }

    /// Records that a message has no timestamp of its own, so that its data has the time of arrival and therefore no
    /// age. The message must be the last accepted one of its vehicle and channel, and must not have been delivered yet.
    pub fn note_unstamped(&mut self, index: VehicleIndex, channel: Channel) {
        let vehicle = self.table.at_mut(index);
        vehicle.messages.set_unstamped(channel);
        vehicle.outdate_view();
    }

    /// Records a message that was rejected before a report could be made from it. Vehicles that are not enabled are
    /// ignored.
    pub fn note_rejected(
        &mut self,
        id: VehicleId,
        channel: Channel,
        rejection: &Rejection,
        received_at: Moment,
        now: Moment,
    ) {
        if let Registration::Enabled(index) = self.table.standing(id) {
            self.message_received(index, received_at, now);
            self.note_rejection(index, channel, rejection, received_at);
        }
    }

    /// Records the rejection of a message that was received at `at`.
    fn note_rejection(&mut self, index: VehicleIndex, channel: Channel, rejection: &Rejection, at: Moment) {
        let at_us = self.running_us(at);
        let lasting = self.rules.freshness.disconnected_after;
        let rejections = &mut self.table.at_mut(index).rejections;
        rejections.note(channel, rejection, at.wall(), at_us, lasting);
    }

    /// Attaches the span of a message to the next batches of the rooms that see its vehicle, unless another message of
    /// the same channel replaces it before that. The message must be the last accepted one of its vehicle and channel.
    pub fn carry_trace(&mut self, index: VehicleIndex, channel: Channel, span: TraceParent) {
        let vehicle = self.table.at_mut(index);
        self.hub.settle(vehicle);
        let message = TracedMessage {
            vehicle_id: vehicle.id,
            channel,
            number: vehicle.messages.of(channel),
            span,
        };
        self.hub.carry_trace(index, message, &self.table);
    }

    /// Stores those parts of the content of an enabled vehicle's live keys that are plausible and newer than the known
    /// data.
    ///
    /// An implausible or undecodable part is treated as absent and starts a new series, so that the next write replaces
    /// it regardless of the timestamp in the key. If this server has valid data for the part, the write is queued at
    /// once.
    pub fn restore(&mut self, record: LiveRecord, now: Moment) {
        let Registration::Enabled(index) = self.table.standing(record.vehicle_id) else {
            return;
        };
        let plausibility = &self.rules.plausibility;
        let record = believed(record, plausibility, now.wall());
        let running_us = self.running_us(now);
        let vehicle = self.table.at_mut(index);
        // Continues the remaining lifetime of the keys, so that a restart of the server does not extend it.
        vehicle.keys.keep_until(now.after(record.expires_in));
        let mut is_changed = false;
        if record.broken.any() {
            vehicle.keys.find_broken();
        }
        // A broken part is rewritten without waiting for the next message if this server has valid data for it.
        let must_rewrite_keys = (record.broken.position && vehicle.track.newest().is_some())
            || (record.broken.state && vehicle.state.is_some());
        // A record that consists only of broken parts has no meaningful time.
        let kept_at = (record.position.is_some() || record.state.is_some()).then_some(record.last_update);
        if record.broken.position {
            vehicle.series.positions = Some(now.wall());
        } else if let Some(position) = record.position {
            let read = SeriesTime {
                series: record.series.positions,
                at: position.timestamp,
            };
            let known = vehicle.track.newest().map(|known| SeriesTime {
                series: vehicle.series.positions,
                at: known.timestamp,
            });
            // Known data that would overwrite the key is kept.
            if known.is_none_or(|known| !known.overwrites(read)) {
                vehicle.track = PositionTrack::resume(position);
                vehicle.messages.set(Channel::Position, MessageNumbers::NONE);
                vehicle.series.positions = read.series;
                is_changed = true;
            }
        }
        if record.broken.state {
            vehicle.series.states = Some(now.wall());
        } else if let Some(state) = record.state {
            let read = SeriesTime {
                series: record.series.states,
                at: state.last_update_time,
            };
            let known = vehicle.state.as_ref().map(|known| SeriesTime {
                series: vehicle.series.states,
                at: known.last_update_time,
            });
            if known.is_none_or(|known| !known.overwrites(read)) {
                vehicle.state = Some(state);
                vehicle.messages.set(Channel::State, MessageNumbers::NONE);
                vehicle.series.states = read.series;
                is_changed = true;
            }
        }
        // Once this server has received messages, they determine the connection status instead of the age of the keys.
        let has_messages = vehicle.received_at.is_some();
        if !has_messages
            && let Some(kept_at) = kept_at
            && vehicle.kept.is_none_or(|known| known.at < kept_at)
        {
            vehicle.kept = Some(KeptAge::read(kept_at, now.wall(), running_us));
        }
        if is_changed {
            self.changed(index, now);
        }
        if must_rewrite_keys {
            self.owe_keys(index, now);
        }
        if !has_messages {
            self.judge_by_keys(index, now);
        }
    }

    /// Adopts those parts of the content of an enabled vehicle's live keys that have the same time as the known data
    /// but different values, if they are greater in an order that all servers share. Called if another server has
    /// written this content repeatedly, so that both servers end up with the same data.
    pub fn resolve_tie(&mut self, record: LiveRecord, now: Moment) {
        let Registration::Enabled(index) = self.table.standing(record.vehicle_id) else {
            return;
        };
        let LiveRecord {
            position,
            state,
            series,
            ..
        } = believed(record, &self.rules.plausibility, now.wall());
        let vehicle = self.table.at_mut(index);
        let mut is_changed = false;
        if let (Some(known), Some(read)) = (vehicle.track.newest(), position) {
            let own = SeriesTime {
                series: vehicle.series.positions,
                at: known.timestamp,
            };
            let other = SeriesTime {
                series: series.positions,
                at: read.timestamp,
            };
            if own.ties_with(other) && order_of_positions(known, &read).is_lt() {
                vehicle.track = PositionTrack::resume(read);
                vehicle.messages.set(Channel::Position, MessageNumbers::NONE);
                is_changed = true;
            }
        }
        if let (Some(known), Some(read)) = (&vehicle.state, state) {
            let own = SeriesTime {
                series: vehicle.series.states,
                at: known.last_update_time,
            };
            let other = SeriesTime {
                series: series.states,
                at: read.last_update_time,
            };
            if own.ties_with(other) && order_of_states(known, &read).is_lt() {
                vehicle.state = Some(read);
                vehicle.messages.set(Channel::State, MessageNumbers::NONE);
                is_changed = true;
            }
        }
        if is_changed {
            self.changed(index, now);
        }
    }

    fn enabled(&self, id: VehicleId) -> Result<VehicleIndex, Rejection> {
        match self.table.standing(id) {
            Registration::Enabled(index) => Ok(index),
            Registration::Disabled => Err(Rejection::new(Reason::DisabledVehicle, "the vehicle is disabled")),
            Registration::Deleted => Err(Rejection::new(Reason::DeletedVehicle, "the vehicle was deleted")),
            Registration::Unknown => Err(Rejection::new(Reason::UnknownVehicle, "no vehicle has this id")),
        }
    }

    fn apply_position(
        &mut self,
        index: VehicleIndex,
        position: VehiclePosition,
        speed: Option<f64>,
        arrival: Arrival,
    ) -> Result<(Timestamp, Acceptance), Rejection> {
        let timestamp = position.timestamp;
        let vehicle = self.table.at_mut(index);
        let acceptance = vehicle
            .track
            .accept(position, &self.rules.plausibility, arrival)?;
        if acceptance == Acceptance::ClockSetBack {
            vehicle.series.positions = Some(arrival.wall);
        }
        if let (Some(speed), Some(state)) = (speed, &mut vehicle.state)
            && timestamp > state.last_update_time
        {
            // The decoder yields finite speeds of at least 0. If it did not, the state would remain unchanged.
            if let Ok(faster) = state.clone().with_current_speed(speed) {
                *state = faster;
            }
        }
        Ok((timestamp, acceptance))
    }

    fn apply_state(
        &mut self,
        index: VehicleIndex,
        state: VehicleRuntimeState,
        arrival: Arrival,
        received_at: Moment,
        now: Moment,
    ) -> Result<(Timestamp, Acceptance), Rejection> {
        let accepted = self.check_state_time(index, state.last_update_time, arrival)?;
        let vehicle = self.table.at_mut(index);
        let vehicle_id = vehicle.id;
        let before = vehicle.state.replace(state.clone());
        let old = vehicle.status;
        let new = self.status_after_report(index, state.status, state.last_update_time, received_at.wall());
        if old != new {
            let vehicle = self.table.at_mut(index);
            vehicle.status = new;
            // Pending until the registry has recorded it. Meanwhile `upsert` ignores the older status of the registry.
            self.statuses.insert(vehicle_id, new);
            self.hub.description_changed(vehicle, index);
            self.queue_status_change(index, old, new, now);
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
        Ok(accepted)
    }

    /// Notifies registry watchers and vehicle watchers of a status that the robot reported.
    fn queue_status_change(
        &mut self,
        index: VehicleIndex,
        old: VehicleStatus,
        new: VehicleStatus,
        now: Moment,
    ) {
        let vehicle_id = self.table.at(index).id;
        if self.vehicle_watchers.is_watched(vehicle_id) {
            let news = VehicleNews::StatusReported {
                vehicle: self.table.at_mut(index).vehicle(),
                old,
                at: now.wall().to_offset_date_time(),
            };
            self.vehicle_watchers
                .notify(vehicle_id, IndexedNews { index, news });
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
            .notify(&news, vehicle.organization_id, &vehicle.group_ids);
    }

    fn apply_battery(
        &mut self,
        index: VehicleIndex,
        level: Percentage,
        at: Timestamp,
        arrival: Arrival,
    ) -> Result<(Timestamp, Acceptance), Rejection> {
        let accepted = self.check_state_time(index, at, arrival)?;
        let vehicle = self.table.at_mut(index);
        vehicle.state = Some(match vehicle.state.take() {
            Some(state) => state.with_battery_level(level, at),
            None => VehicleRuntimeState::new(0.0, level.get(), at)
                .map_err(|fault| Rejection::new(Reason::InvalidField, fault))?,
        });
        Ok(accepted)
    }

    fn check_state_time(
        &mut self,
        index: VehicleIndex,
        at: Timestamp,
        arrival: Arrival,
    ) -> Result<(Timestamp, Acceptance), Rejection> {
        let plausibility = &self.rules.plausibility;
        let vehicle = self.table.at_mut(index);
        let newest = vehicle.state.as_ref().map(|state| state.last_update_time);
        let acceptance = plausibility.check_time(at, newest, &mut vehicle.state_set_back, arrival)?;
        match acceptance {
            Acceptance::Newest => vehicle.state_set_back.note_newer(),
            Acceptance::ClockSetBack => vehicle.series.states = Some(arrival.wall),
        }
        Ok((at, acceptance))
    }
}
