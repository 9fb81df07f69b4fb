//! The status of a vehicle, which is reported by its robot and changed by users.
//!
//! Reports and changes arrive in different orders: a report reaches all servers at about the same time, but a change by
//! a user is applied at once by the server that executes it, and up to a second later by the others. Every server
//! therefore compares times instead of relying on the order of arrival: the later of the report and the change applies,
//! where the time of a change is the time at which the registry stored it. If the times are equal, the report applies.
//!
//! Servers record reported statuses in the registry regardless of changes by users in the meantime. After such a
//! change, each server therefore records the status that applies, so the registry has it once the change has reached
//! all servers.

use domain::{
    VehicleId,
    telemetry::Timestamp,
    vehicle::{Vehicle, VehicleStatus},
};

use super::Core;
use crate::{indices::VehicleIndex, moment::Moment};

/// Maximum difference between a robot's time and the time of arrival. If it is exceeded, the time of arrival is used
/// instead. The robot's time is the same on every server, but a wrong clock must not make a status final for long.
const TRUSTED_MS: i64 = 1_000;

/// Relation of the status in the registry's data of a vehicle to the known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowStatus {
    /// A user has changed the status.
    Changed,
    /// Something else was changed. The status may be older than the known one.
    Unchanged,
    /// The cause of the read is unknown. A reported status is newer if the registry has not recorded it yet, or has
    /// recorded it only after the data was last changed.
    Unknown,
}

impl Core {
    /// Applies the registry's data of a vehicle whose status a user has changed on this server, as [`Core::upsert`]
    /// does.
    pub fn change_status(&mut self, vehicle: &Vehicle, now: Moment) -> bool {
        let known = self.table.find(vehicle.id);
        // If the status is the same, the other servers do not treat it as a change either.
        let status = match known.is_some_and(|known| known.status != vehicle.status) {
            true => RowStatus::Changed,
            false => RowStatus::Unknown,
        };
        self.apply_registered(vehicle, status, now)
    }

    /// Returns the status that a robot has reported and the registry may not have recorded yet.
    #[must_use]
    pub fn pending_status(&self, id: VehicleId) -> Option<VehicleStatus> {
        self.statuses.get(&id).copied()
    }

    /// Records the time of a report that contains a status. Returns the resulting status of the vehicle.
    pub(super) fn status_after_report(
        &mut self,
        index: VehicleIndex,
        reported: Option<VehicleStatus>,
        at: Timestamp,
        received_at: Timestamp,
    ) -> VehicleStatus {
        let vehicle = self.table.at_mut(index);
        let Some(status) = reported else {
            return vehicle.status;
        };
        let is_trusted = at.ms_since(received_at).abs() <= TRUSTED_MS;
        let at = if is_trusted { at } else { received_at };
        vehicle.status_reported_at = Some(at);
        match vehicle.status_set_at {
            Some(set_at) if set_at > at => vehicle.status,
            _ => status,
        }
    }

    /// Returns the status of a vehicle after the registry's data has been applied.
    pub(super) fn status_in_registry(
        &mut self,
        index: VehicleIndex,
        vehicle: &Vehicle,
        status: RowStatus,
        now: Moment,
    ) -> VehicleStatus {
        let known = self.table.at_mut(index);
        if !vehicle.is_enabled {
            // The registry records no reported status of a disabled vehicle, so the status in the registry is final.
            self.statuses.remove(&vehicle.id);
            return vehicle.status;
        }
        match status {
            RowStatus::Unchanged => known.status,
            RowStatus::Unknown => {
                let is_pending = self.statuses.contains_key(&vehicle.id);
                let is_outdated = known.status_recorded_at.is_some_and(|at| vehicle.updated_at < at);
                match is_pending || is_outdated {
                    true => known.status,
                    false => vehicle.status,
                }
            }
            RowStatus::Changed => {
                let set_at = set_at(vehicle, now);
                known.status_set_at = known.status_set_at.max(Some(set_at));
                let Some(reported_at) = known.status_reported_at else {
                    return vehicle.status;
                };
                let latest = match reported_at < set_at {
                    true => vehicle.status,
                    false => known.status,
                };
                self.statuses.insert(vehicle.id, latest);
                latest
            }
        }
    }

    /// Returns `true` if the robot has reported a status since the user's change.
    pub(super) fn is_reported_since(&self, vehicle: &Vehicle, now: Moment) -> bool {
        let known = self.table.find(vehicle.id);
        known
            .and_then(|known| known.status_reported_at)
            .is_some_and(|reported_at| reported_at >= set_at(vehicle, now))
    }
}

/// Returns the time at which the registry stored a change of status; at most the current time, because the clock of the
/// registry may be ahead.
fn set_at(vehicle: &Vehicle, now: Moment) -> Timestamp {
    Timestamp::from_offset_date_time(vehicle.updated_at).min(now.wall())
}
