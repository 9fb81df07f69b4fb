//! The status of a vehicle, which its robot reports and users change.
//!
//! The two reach the servers in different orders: a report reaches all of them at about the same time, but a change by a
//! user reaches the server that responds at once, and the others up to a second later. So the later time decides on
//! every server, and not the order of arrival: the time of the report against that at which the registry stored the
//! change. If they are equal, the report wins.
//!
//! Every server records reported statuses in the registry without knowing whether a user has changed the status
//! meanwhile. After a change by a user, each server therefore records the status that has won, so the registry has it as
//! soon as all servers know of the change.

use domain::{
    VehicleId,
    telemetry::Timestamp,
    vehicle::{Vehicle, VehicleStatus},
};

use super::Core;
use crate::{indices::VehicleIndex, moment::Moment};

/// Maximum difference between a robot's time and the time of arrival with which the robot's time counts. It is the same
/// on every server, but a clock that is wrong must not keep a status for long.
const TRUSTED_MS: i64 = 1_000;

/// Relation between the status in the registry's data of a vehicle and the known one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowStatus {
    /// A user has changed the status.
    Changed,
    /// Something else was changed. The status may be older than the known one.
    Unchanged,
    /// The data was read, for whatever reason. A reported status that the registry has not recorded yet is newer.
    Unknown,
}

impl Core {
    /// Applies the registry's data of a vehicle whose status a user has changed on this server, as [`Core::upsert`] does.
    pub fn change_status(&mut self, vehicle: &Vehicle, now: Moment) -> bool {
        let known = self.table.find(vehicle.id);
        // The other servers do not regard the same status as a change either.
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

    /// Takes the status of a report with a robot's time. Returns the status that the vehicle has then.
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

    /// Returns the status that a vehicle has with the registry's data.
    pub(super) fn status_in_registry(
        &mut self,
        index: VehicleIndex,
        vehicle: &Vehicle,
        status: RowStatus,
        now: Moment,
    ) -> VehicleStatus {
        let known = self.table.at_mut(index);
        if !vehicle.is_enabled {
            // The registry records no status of a disabled vehicle, so its own status is final.
            self.statuses.remove(&vehicle.id);
            return vehicle.status;
        }
        match status {
            RowStatus::Unchanged => known.status,
            RowStatus::Unknown if self.statuses.contains_key(&vehicle.id) => known.status,
            RowStatus::Unknown => vehicle.status,
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

    /// Returns `true` if the robot has reported a status after a user has changed it.
    pub(super) fn is_reported_since(&self, vehicle: &Vehicle, now: Moment) -> bool {
        let known = self.table.find(vehicle.id);
        known
            .and_then(|known| known.status_reported_at)
            .is_some_and(|reported_at| reported_at >= set_at(vehicle, now))
    }
}

/// Returns the time at which the registry stored a change of status. Its clock may be ahead of that of this server.
fn set_at(vehicle: &Vehicle, now: Moment) -> Timestamp {
    Timestamp::from_offset_date_time(vehicle.updated_at).min(now.wall())
}
