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

impl VehicleEvent {
    /// The vehicle that it shows; a removal shows none.
    pub(super) const fn shown_mut(&mut self) -> Option<&mut SeenVehicle> {
        match self {
            Self::Added(vehicle)
            | Self::Updated(vehicle)
            | Self::StatusChanged(_, vehicle)
            | Self::ConnectionChanged(ConnectionChange { vehicle, .. })
            | Self::ErrorRaised { vehicle, .. } => Some(vehicle),
            Self::Removed(..) => None,
        }
    }
}

impl Selection {
    /// Whether this selection had a vehicle before a change; of news that change no vehicle, whether it has it.
    pub(super) fn had(&self, news: &VehicleNews) -> bool {
        match news {
            VehicleNews::Changed { before, .. } => before.as_ref().is_some_and(|vehicle| self.has(vehicle)),
            VehicleNews::StatusReported { vehicle, old, .. } => {
                let mut before = Vehicle::clone(vehicle);
                before.status = *old;
                self.has(&before)
            }
            VehicleNews::ConnectionChanged { vehicle, .. }
            | VehicleNews::ErrorRaised { vehicle, .. }
            | VehicleNews::Observed { vehicle } => self.has(vehicle),
        }
    }

    /// Whether this selection has a vehicle after a change.
    pub(super) fn has_after(&self, news: &VehicleNews) -> bool {
        match news {
            VehicleNews::Changed { after, .. } => after.as_ref().is_some_and(|vehicle| self.has(vehicle)),
            VehicleNews::StatusReported { vehicle, .. }
            | VehicleNews::ConnectionChanged { vehicle, .. }
            | VehicleNews::ErrorRaised { vehicle, .. }
            | VehicleNews::Observed { vehicle } => self.has(vehicle),
        }
    }

    /// What a change is to somebody who watches this selection, and knows the vehicle or does not: nothing, or up to
    /// three events. A vehicle that is not known is added before anything else is told of it.
    pub(super) fn events_of(&self, news: &VehicleNews, is_known: bool) -> Vec<VehicleEvent> {
        match news {
            VehicleNews::Changed { before, after } => self.change(is_known, before.as_ref(), after.as_ref()),
            VehicleNews::StatusReported { vehicle, old, at } => {
                let change = StatusChange {
                    vehicle_id: vehicle.id,
                    old: *old,
                    new: vehicle.status,
                    at: *at,
                };
                match (is_known, self.has(vehicle)) {
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
            } if self.has(vehicle) => self.after_addition(
                is_known,
                vehicle,
                VehicleEvent::ConnectionChanged(ConnectionChange {
                    vehicle: self.seen(vehicle),
                    connection: *connection,
                    reason,
                    since: *since,
                }),
            ),
            VehicleNews::ErrorRaised { vehicle, code, at } if self.has(vehicle) => self.after_addition(
                is_known,
                vehicle,
                VehicleEvent::ErrorRaised {
                    vehicle: self.seen(vehicle),
                    code: code.clone(),
                    at: *at,
                },
            ),
            VehicleNews::Observed { vehicle } if self.has(vehicle) && !is_known => {
                vec![VehicleEvent::Added(self.seen(vehicle))]
            }
            VehicleNews::ConnectionChanged { .. }
            | VehicleNews::ErrorRaised { .. }
            | VehicleNews::Observed { .. } => Vec::new(),
        }
    }

    fn after_addition(
        &self,
        is_known: bool,
        vehicle: &Arc<Vehicle>,
        event: VehicleEvent,
    ) -> Vec<VehicleEvent> {
        let addition = (!is_known).then(|| VehicleEvent::Added(self.seen(vehicle)));
        addition.into_iter().chain([event]).collect()
    }

    fn change(
        &self,
        is_known: bool,
        before: Option<&Arc<Vehicle>>,
        after: Option<&Arc<Vehicle>>,
    ) -> Vec<VehicleEvent> {
        match (before.filter(|_| is_known), after) {
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
