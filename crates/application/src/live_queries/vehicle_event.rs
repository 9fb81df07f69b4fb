//! What somebody who watches a selection of vehicles is told of.

use std::sync::Arc;

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, ErrorCode, Timestamp},
    vehicle::Vehicle,
};

use super::selection::{SeenVehicle, Selection};
use crate::{live::VehicleNews, registry::StatusChange};

/// Why a vehicle is reported as removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalReason {
    /// It was deleted.
    Deleted,
    /// It was disabled: nothing is heard of it until it is enabled.
    Disabled,
    /// It may not be seen any more, or the filter does not let it pass any more.
    OutOfScope,
}

/// Something that happened to one vehicle of a selection.
#[derive(Debug, Clone)]
pub enum VehicleEvent {
    /// It was registered, or has come into the selection.
    Added(SeenVehicle),
    /// Its data has changed.
    Updated(SeenVehicle),
    /// It is gone.
    Removed(VehicleId, RemovalReason),
    /// Its status has changed: by a person, or by the robot's own word.
    StatusChanged(StatusChange, SeenVehicle),
    /// It is heard again, or no longer.
    ConnectionChanged(ConnectionChange),
    /// It reports a fault that it did not report before.
    ErrorRaised {
        /// The vehicle.
        vehicle: SeenVehicle,
        /// The fault.
        code: ErrorCode,
        /// When the server received the report.
        at: Timestamp,
    },
}

/// A change of a vehicle's connection.
#[derive(Debug, Clone)]
pub struct ConnectionChange {
    /// The vehicle.
    pub vehicle: SeenVehicle,
    /// What the connection is now.
    pub connection: ConnectionStatus,
    /// Why, in words for a person.
    pub reason: &'static str,
    /// Since when.
    pub since: Timestamp,
}

impl Selection {
    /// What a change is to somebody who watches this selection: nothing, or up to three events.
    pub(super) fn events_of(&self, news: &VehicleNews) -> Vec<VehicleEvent> {
        match news {
            VehicleNews::Changed { before, after } => self.change(before.as_ref(), after.as_ref()),
            VehicleNews::StatusReported { vehicle, old, at } => {
                let mut before = Vehicle::clone(vehicle);
                before.status = *old;
                let change = StatusChange {
                    vehicle_id: vehicle.id,
                    old: *old,
                    new: vehicle.status,
                    at: *at,
                };
                match (self.has(&before), self.has(vehicle)) {
                    (true, true) => vec![VehicleEvent::StatusChanged(change, self.seen(vehicle))],
                    (true, false) => vec![VehicleEvent::Removed(vehicle.id, RemovalReason::OutOfScope)],
                    (false, true) => vec![VehicleEvent::Added(self.seen(vehicle))],
                    (false, false) => Vec::new(),
                }
            }
            VehicleNews::ConnectionChanged {
                vehicle,
                connection,
                reason,
                since,
            } if self.has(vehicle) => vec![VehicleEvent::ConnectionChanged(ConnectionChange {
                vehicle: self.seen(vehicle),
                connection: *connection,
                reason,
                since: *since,
            })],
            VehicleNews::ErrorRaised { vehicle, code, at } if self.has(vehicle) => {
                vec![VehicleEvent::ErrorRaised {
                    vehicle: self.seen(vehicle),
                    code: code.clone(),
                    at: *at,
                }]
            }
            VehicleNews::ConnectionChanged { .. } | VehicleNews::ErrorRaised { .. } => Vec::new(),
        }
    }

    fn change(&self, before: Option<&Arc<Vehicle>>, after: Option<&Arc<Vehicle>>) -> Vec<VehicleEvent> {
        let before = before.filter(|vehicle| self.has(vehicle));
        match (before, after) {
            (None, Some(after)) if self.has(after) => vec![VehicleEvent::Added(self.seen(after))],
            (None, _) => Vec::new(),
            (Some(before), None) => vec![VehicleEvent::Removed(before.id, RemovalReason::Deleted)],
            (Some(before), Some(after)) if self.has(after) => self.change_within(before, after),
            (Some(before), Some(after)) => {
                let wants_enabled = self.filter().enabled == Some(true);
                let reason = match before.is_enabled && !after.is_enabled && wants_enabled {
                    true if self.asked().shows(after) => RemovalReason::Disabled,
                    _ => RemovalReason::OutOfScope,
                };
                vec![VehicleEvent::Removed(after.id, reason)]
            }
        }
    }

    /// The change of a vehicle that stays in the selection.
    fn change_within(&self, before: &Arc<Vehicle>, after: &Arc<Vehicle>) -> Vec<VehicleEvent> {
        let mut events = Vec::new();
        let is_other_status = before.status != after.status;
        if is_other_status {
            let change = StatusChange {
                vehicle_id: after.id,
                old: before.status,
                new: after.status,
                at: after.updated_at,
            };
            events.push(VehicleEvent::StatusChanged(change, self.seen(after)));
        }
        if !is_other_status || has_other_data(before, after) {
            events.push(VehicleEvent::Updated(self.seen(after)));
        }
        if before.is_enabled && !after.is_enabled {
            events.push(VehicleEvent::Removed(after.id, RemovalReason::Disabled));
        }
        events
    }
}

/// Whether more than the status has changed.
fn has_other_data(before: &Vehicle, after: &Vehicle) -> bool {
    let before = Vehicle {
        status: after.status,
        version: after.version,
        updated_at: after.updated_at,
        ..before.clone()
    };
    before != *after
}

#[cfg(test)]
mod tests;
