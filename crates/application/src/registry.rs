//! What happens in the registry, as everybody hears of it.

use std::fmt;

use domain::{
    UserId, VehicleId,
    vehicle::{Vehicle, VehicleStatus},
};
use time::OffsetDateTime;

/// The number of an event in the log of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(u64);

impl Sequence {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// Wraps a number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number of the event that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistryEvent {
    /// Its number.
    pub sequence: Sequence,
    /// When it happened, by the registry's clock.
    pub at: OffsetDateTime,
    /// What happened.
    pub happened: Happened,
}

/// What servers hear of.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// Something was done to a vehicle.
    ToVehicle {
        /// What.
        change: RegistryChange,
        /// The vehicle afterwards; a deleted one with the groups that it was in.
        vehicle: Box<Vehicle>,
    },
    /// What a user may do or see is something else now, or one of its sessions is over.
    RightsChanged(UserId),
}

impl RegistryEvent {
    /// What was done to which vehicle, if it is about one.
    #[must_use]
    pub fn to_vehicle(&self) -> Option<(RegistryChange, &Vehicle)> {
        match &self.happened {
            Happened::ToVehicle { change, vehicle } => Some((*change, vehicle)),
            Happened::RightsChanged(_) => None,
        }
    }
}

/// What a person did to a vehicle.
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

/// What a watcher of the registry is told.
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

    /// What there is to tell of a change in the log.
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
