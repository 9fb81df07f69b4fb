//! News about the registry: a vehicle was added, changed or removed.

use domain::{
    VehicleId,
    vehicle::{Vehicle, VehicleStatus},
};
use time::OffsetDateTime;

/// A change to a vehicle in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryChange {
    /// The vehicle was registered, or restored after a deletion.
    Added,
    /// The vehicle was changed.
    Changed {
        /// The status before the change; equal to the status afterwards if something else was changed.
        old_status: VehicleStatus,
    },
    /// The vehicle was deleted.
    Removed,
}

/// News for a watcher of the registry.
#[derive(Debug, Clone, PartialEq)]
pub enum RegistryNews {
    /// A vehicle was registered or restored.
    Added(Box<Vehicle>),
    /// A vehicle was deleted.
    Removed(VehicleId),
    /// A vehicle's status was changed by a user or reported by the robot.
    StatusChanged(StatusChange),
}

/// A change of a vehicle's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusChange {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Previous status.
    pub old: VehicleStatus,
    /// Current status.
    pub new: VehicleStatus,
    /// Time of the change: according to the registry's clock if a user made it, otherwise the time at which this server
    /// received the robot's report.
    pub at: OffsetDateTime,
}

impl RegistryNews {
    /// Returns the vehicle that the news is about.
    #[must_use]
    pub fn vehicle_id(&self) -> VehicleId {
        match self {
            Self::Added(vehicle) => vehicle.id,
            Self::Removed(id) => *id,
            Self::StatusChanged(change) => change.vehicle_id,
        }
    }

    /// Returns the news of a change in the log; `None` if the change is not news to watchers of the registry.
    #[must_use]
    pub(crate) fn of(change: RegistryChange, vehicle: &Vehicle, at: OffsetDateTime) -> Option<Self> {
        match change {
            RegistryChange::Added => Some(Self::Added(Box::new(vehicle.clone()))),
            RegistryChange::Removed => Some(Self::Removed(vehicle.id)),
            RegistryChange::Changed { old_status } if old_status == vehicle.status => None,
            RegistryChange::Changed { old_status } => Some(Self::StatusChanged(StatusChange {
                vehicle_id: vehicle.id,
                old: old_status,
                new: vehicle.status,
                at,
            })),
        }
    }
}
