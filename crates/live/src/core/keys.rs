//! The live keys: their known state, and their expected content.

use std::time::Duration;

use domain::{VehicleId, telemetry::Timestamp};

use super::Core;
use crate::{
    indices::VehicleIndex,
    live_table::{Activity, LiveVehicle, Registration, TableCursor},
    moment::Moment,
    record::{BrokenParts, LiveRecord, Roll},
};

/// Keys that were written so lately are not looked at: they belong to a vehicle that is heard all the time, whose next
/// message has them written again.
const LATELY: Duration = Duration::from_secs(2);

/// The expected content of the keys of one vehicle.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyCheck {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// The content; `None` when the keys are not to be compared.
    pub expected: Option<LiveRecord>,
    /// The keys may have what is not known here: a position or a state.
    pub is_incomplete: bool,
}

impl Core {
    /// Vehicles whose keys are behind, at most `limit`. What became of them is told by
    /// [`Core::keys_written`] or [`Core::keys_failed`].
    pub fn take_unsynced(&mut self, limit: usize, now: Moment) -> Vec<LiveRecord> {
        let Self { unsynced, table, .. } = self;
        unsynced
            .take(limit)
            .filter_map(|index| {
                let record = record_of(table.at(index), now);
                if record.is_none() {
                    table.at_mut(index).keys.release();
                }
                record
            })
            .collect()
    }

    /// Whether any keys are behind.
    #[must_use]
    pub fn has_unsynced(&self) -> bool {
        !self.unsynced.is_empty()
    }

    /// The keys of these vehicles were written.
    pub fn keys_written(&mut self, ids: impl IntoIterator<Item = VehicleId>, now: Moment) {
        for id in ids {
            if let Some(index) = self.table.index_of(id) {
                let is_behind = self.unsynced.contains(index);
                self.table.at_mut(index).keys.settle(is_behind, now);
            }
        }
    }

    /// The keys of these vehicles were not written after all.
    pub fn keys_failed(&mut self, ids: impl IntoIterator<Item = VehicleId>) {
        for id in ids {
            if let Some(index) = self.table.index_of(id) {
                self.unsynced.insert(index);
                self.table.at_mut(index).keys.fail();
            }
        }
    }

    /// There is something of a vehicle that its keys do not say.
    pub(crate) fn owe_keys(&mut self, index: VehicleIndex, now: Moment) {
        self.unsynced.insert(index);
        self.table.at_mut(index).keys.owe(now);
    }

    /// The expected content of the keys of some enabled vehicles, from a place on, and the place to go on from. Looks at
    /// `limit` places of the table, so that the lock is held briefly.
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
                    && !vehicle.keys.is_broken(),
            }
        });
        (checks.collect(), next)
    }

    /// The keys of these vehicles were found to be lost, damaged or too old; returns their expected content.
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

    /// The keys of these vehicles were found to be right.
    pub fn keys_confirmed(&mut self, ids: &[VehicleId], now: Moment) {
        for id in ids {
            if let Some(index) = self.table.index_of(*id) {
                self.table.at_mut(index).keys.confirm(now);
            }
        }
    }

    /// These vehicles were found to be missing among the active ones, or are among them again.
    pub fn keys_listed(&mut self, ids: &[VehicleId], is_listed: bool) {
        for id in ids {
            if let Some(index) = self.table.index_of(*id) {
                self.table.at_mut(index).keys.list(is_listed);
            }
        }
    }

    /// Whether a vehicle may be a member of a roll.
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

    /// The vehicles that are remembered as deleted.
    #[must_use]
    pub fn deleted(&self) -> Vec<VehicleId> {
        self.table.deleted()
    }

    /// Some vehicles, by the fate of their keys, from a place on, and the place to go on from.
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

    /// Takes out some of the vehicles that another server has changed, by the fate of their keys.
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

/// The expected content of the keys; `None` when nothing is known, or the vehicle has been silent for so long that they expired.
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
