//! The live keys: their known state and their expected content.

use std::time::Duration;

use domain::{VehicleId, telemetry::Timestamp};

use super::Core;
use crate::{
    indices::VehicleIndex,
    live_table::{Activity, DeletionCursor, LiveVehicle, Registration, TableCursor},
    moment::Moment,
    record::{BrokenParts, LiveRecord, Roll},
};

/// Time after a write during which keys are not checked. Most such keys belong to vehicles that send continuously,
/// whose next message rewrites them.
const LATELY: Duration = Duration::from_secs(2);

/// Expected content of the keys of one vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyCheck {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// The content; `None` if there is nothing to compare.
    pub expected: Option<LiveRecord>,
    /// Whether this server lacks a position or a state that the keys may contain.
    pub is_incomplete: bool,
}

impl Core {
    /// Takes up to `limit` vehicles whose keys are outdated, and returns what to write. The caller must report the
    /// outcome of the write with [`Core::keys_written`] or [`Core::keys_failed`].
    pub fn take_unsynced(&mut self, limit: usize, now: Moment) -> Vec<LiveRecord> {
        let Self { unsynced, table, .. } = self;
        unsynced
            .take(limit)
            .filter_map(|index| {
                let record = record_of(table.at(index), now);
                if record.is_none() {
                    // No write will follow, so the keys must not remain marked as outdated.
                    table.at_mut(index).keys.release();
                }
                record
            })
            .collect()
    }

    /// Returns the number of vehicles whose keys are outdated.
    #[must_use]
    pub fn unsynced_count(&self) -> usize {
        self.unsynced.len()
    }

    /// Records that the keys of these vehicles were written.
    pub fn keys_written(&mut self, ids: impl IntoIterator<Item = VehicleId>, now: Moment) {
        for id in ids {
            if let Some(index) = self.table.index_of(id) {
                // A message may have arrived since `take_unsynced`; the keys are then outdated again.
                let is_behind = self.unsynced.contains(index);
                self.table.at_mut(index).keys.settle(is_behind, now);
            }
        }
    }

    /// Records that writing the keys of these vehicles failed, and queues them again. Vehicles that have been disabled
    /// in the meantime are ignored: the keys of a disabled vehicle are not written, and enabling the vehicle queues it
    /// anyway.
    pub fn keys_failed(&mut self, ids: impl IntoIterator<Item = VehicleId>) {
        for id in ids {
            if let Registration::Enabled(index) = self.table.standing(id) {
                self.unsynced.insert(index);
                self.table.at_mut(index).keys.fail();
            }
        }
    }

    pub(crate) fn owe_keys(&mut self, index: VehicleIndex, now: Moment) {
        self.unsynced.insert(index);
        self.table.at_mut(index).keys.owe(now);
    }

    /// Returns the expected content of the keys of the enabled vehicles at up to `limit` places of the table, and the
    /// place at which to continue; `None` at the end.
    #[must_use]
    pub fn keys_to_check(
        &self,
        from: TableCursor,
        limit: usize,
        now: Moment,
    ) -> (Vec<KeyCheck>, Option<TableCursor>) {
        let (vehicles, next) = self.table.some(from, limit);
        let checks = vehicles.filter(|(_, vehicle)| vehicle.is_enabled);
        let checks = checks.map(|(index, vehicle)| {
            let is_fresh = vehicle
                .keys
                .written_at()
                .is_some_and(|written_at| now.since(written_at) < LATELY);
            let is_due = !is_fresh && !self.unsynced.contains(index);
            KeyCheck {
                vehicle_id: vehicle.id,
                expected: is_due.then(|| record_of(vehicle, now)).flatten(),
                is_incomplete: is_due
                    && (vehicle.track.newest().is_none() || vehicle.state.is_none())
                    // Broken keys have been read already. Reading them with every check would only log the fault again.
                    && !vehicle.keys.is_broken(),
            }
        });
        (checks.collect(), next)
    }

    /// Returns the expected content of the keys of a vehicle; `None` if the vehicle is not enabled, if nothing is known
    /// about it, if its keys have expired, or if they are due to be written.
    #[must_use]
    pub fn expected_keys(&self, id: VehicleId, now: Moment) -> Option<LiveRecord> {
        match self.table.standing(id) {
            Registration::Enabled(index) if !self.unsynced.contains(index) => {
                record_of(self.table.at(index), now)
            }
            _ => None,
        }
    }

    /// Records that the keys of these vehicles are missing, damaged or too old, and returns the content to write.
    /// Vehicles that are no longer enabled, about which nothing is known, or whose keys have reached the end of their
    /// lifetime are ignored.
    pub fn keys_lost(&mut self, ids: &[VehicleId], now: Moment) -> Vec<LiveRecord> {
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            let Registration::Enabled(index) = self.table.standing(*id) else {
                continue;
            };
            if let Some(record) = record_of(self.table.at(index), now) {
                self.table.at_mut(index).keys.lose();
                records.push(record);
            }
        }
        records
    }

    /// Records that the keys of these vehicles are correct.
    pub fn keys_confirmed(&mut self, ids: &[VehicleId], now: Moment) {
        for id in ids {
            if let Some(index) = self.table.index_of(*id) {
                self.table.at_mut(index).keys.confirm(now);
            }
        }
    }

    /// Records whether these vehicles are members of the set of active vehicles.
    pub fn keys_listed(&mut self, ids: &[VehicleId], is_listed: bool) {
        for id in ids {
            if let Some(index) = self.table.index_of(*id) {
                self.table.at_mut(index).keys.list(is_listed);
            }
        }
    }

    /// Returns `true` if a vehicle may be a member of a roll.
    #[must_use]
    pub fn belongs_to(&self, roll: Roll, id: VehicleId, now: Moment) -> bool {
        let Registration::Enabled(index) = self.table.standing(id) else {
            return false;
        };
        let vehicle = self.table.at(index);
        match roll {
            Roll::Active => true,
            // Another program may have added a vehicle whose position this server does not know.
            Roll::Map => vehicle.track.newest().is_none() || vehicle.keys.expire_in(now).is_some(),
        }
    }

    /// Returns up to `limit` of the deleted vehicles that are still remembered, and the place at which to continue;
    /// `None` at the end.
    #[must_use]
    pub fn deleted(&self, from: DeletionCursor, limit: usize) -> (Vec<VehicleId>, Option<DeletionCursor>) {
        self.table.deleted(from, limit)
    }

    /// Returns the vehicles at up to `limit` places of the table, grouped by what should happen to their keys, and
    /// the place at which to continue; `None` at the end.
    #[must_use]
    pub fn activity(&self, from: TableCursor, limit: usize) -> (Activity, Option<TableCursor>) {
        let (vehicles, next) = self.table.some(from, limit);
        let mut activity = Activity::default();
        for (_, vehicle) in vehicles {
            match vehicle.is_enabled {
                true => activity.enabled.push(vehicle.id),
                false => activity.disabled.push(vehicle.id),
            }
        }
        (activity, next)
    }

    /// Takes up to `limit` of the vehicles that another server has changed, grouped by what should happen to their
    /// keys.
    pub fn take_relisted(&mut self, limit: usize) -> Activity {
        let mut activity = Activity::default();
        for _ in 0..limit {
            let Some(id) = self.relisted.pop_first() else {
                break;
            };
            match self.table.standing(id) {
                Registration::Enabled(_) => activity.enabled.push(id),
                Registration::Disabled => activity.disabled.push(id),
                Registration::Deleted | Registration::Unknown => activity.deleted.push(id),
            }
        }
        activity
    }
}

/// Returns the expected content of the keys; `None` if nothing is known, or if their lifetime after the vehicle's last
/// message is over.
fn record_of(vehicle: &LiveVehicle, now: Moment) -> Option<LiveRecord> {
    let (position_at, state_at) = times_of(vehicle);
    Some(LiveRecord {
        vehicle_id: vehicle.id,
        position: vehicle.track.newest().cloned(),
        state: vehicle.state.clone(),
        last_update: position_at.max(state_at)?,
        expires_in: vehicle.keys.expire_in(now)?,
        series: vehicle.series,
        broken: BrokenParts::default(),
    })
}

fn times_of(vehicle: &LiveVehicle) -> (Option<Timestamp>, Option<Timestamp>) {
    (
        vehicle.track.newest().map(|position| position.timestamp),
        vehicle.state.as_ref().map(|state| state.last_update_time),
    )
}
