//! Events about the vehicles of a selection, derived from the changes of each vehicle.

use std::sync::Arc;

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, ErrorCode, Timestamp},
    vehicle::Vehicle,
};

use super::selection::{SeenVehicle, Selection};
use crate::{live::VehicleNews, registry::StatusChange};

/// Reason why a vehicle is reported as removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalReason {
    Deleted,
    /// The vehicle was disabled. Its messages are rejected until it is enabled.
    Disabled,
    /// The vehicle left the client's scope, or no longer matches the filter.
    OutOfScope,
}

/// Event about a vehicle in a selection.
#[derive(Debug, Clone)]
pub enum VehicleEvent {
    /// The vehicle was registered, or entered the selection.
    Added(SeenVehicle),
    /// The data of the vehicle changed.
    Updated(SeenVehicle),
    /// The vehicle left the selection, or was deleted or disabled.
    Removed(VehicleId, RemovalReason),
    /// The status changed: a user changed it, or the robot reported it.
    StatusChanged(StatusChange, SeenVehicle),
    /// The connection status changed.
    ConnectionChanged(ConnectionChange),
    /// The robot reported an error code that its previous state did not contain.
    ErrorRaised {
        vehicle: SeenVehicle,
        code: ErrorCode,
        /// Time at which the server received the report.
        at: Timestamp,
    },
}

#[derive(Debug, Clone)]
pub struct ConnectionChange {
    pub vehicle: SeenVehicle,
    pub connection: ConnectionStatus,
    pub reason: &'static str,
    /// Time from which the new status applies.
    pub since: Timestamp,
}

impl VehicleEvent {
    /// Returns the vehicle in the event; `None` for a removal.
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
    /// Returns `true` if this selection contained the vehicle before the news. News without a change to the vehicle is
    /// checked against the vehicle's current data.
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

    pub(super) fn has_after(&self, news: &VehicleNews) -> bool {
        match news {
            VehicleNews::Changed { after, .. } => after.as_ref().is_some_and(|vehicle| self.has(vehicle)),
            VehicleNews::StatusReported { vehicle, .. }
            | VehicleNews::ConnectionChanged { vehicle, .. }
            | VehicleNews::ErrorRaised { vehicle, .. }
            | VehicleNews::Observed { vehicle } => self.has(vehicle),
        }
    }

    /// Returns the events, up to three, that news causes for a client that watches this selection. `is_known` states
    /// whether the client knows the vehicle; an unknown one is added before any other event.
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

/// Returns `true` if data other than the status has changed.
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
