//! News of the registry: a vehicle was added, changed or removed.

use domain::{
    VehicleId,
    vehicle::{Vehicle, VehicleStatus},
};
use time::OffsetDateTime;

/// A change that a person made to a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryChange {
    /// It was registered, or a deleted one was restored.
    Added,
    /// It was changed in any way.
    Changed {
        /// Its status before; the same as afterwards when something else was changed.
        old_status: VehicleStatus,
    },
    /// It was deleted.
    Removed,
}

/// News for a watcher of the registry.
#[derive(Debug, Clone, PartialEq)]
pub enum RegistryNews {
    /// A vehicle was registered or restored.
    Added(Box<Vehicle>),
    /// A vehicle was deleted.
    Removed(VehicleId),
    /// A vehicle's status changed: by a person, or by the robot's own word.
    StatusChanged(StatusChange),
}

/// A change of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusChange {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// The status before.
    pub old: VehicleStatus,
    /// The status now.
    pub new: VehicleStatus,
    /// When a person changed it, by the registry's clock; or when this server heard the robot.
    pub at: OffsetDateTime,
}

impl RegistryNews {
    /// Whose news it is.
    #[must_use]
    pub fn vehicle_id(&self) -> VehicleId {
        match self {
            Self::Added(vehicle) => vehicle.id,
            Self::Removed(id) => *id,
            Self::StatusChanged(change) => change.vehicle_id,
        }
    }

    /// Returns the news of a change in the log, if it is any.
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
