//! Events in the registry's log, and their numbers.

use std::fmt;

use domain::{UserId, vehicle::Vehicle};
use time::OffsetDateTime;

pub use ::live::{RegistryChange, RegistryNews, StatusChange};

/// Number of an event in the log of the registry. The first event has number 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(u64);

impl Sequence {
    /// The position before the first event.
    pub const START: Self = Self(0);

    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

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

/// Event in the log of the registry.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistryEvent {
    pub sequence: Sequence,
    /// Time of the event, by the clock of the registry.
    pub at: OffsetDateTime,
    pub happened: Happened,
}

/// Subject of an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// A vehicle has changed.
    ToVehicle {
        change: RegistryChange,
        /// The vehicle after the change. A deleted vehicle still contains the groups that it was in.
        vehicle: Box<Vehicle>,
    },
    /// The rights of this user have changed, or one of the user's sessions has ended.
    RightsChanged(UserId),
}

impl RegistryEvent {
    /// Returns the change and the vehicle, if the event is about a vehicle.
    #[must_use]
    pub fn to_vehicle(&self) -> Option<(RegistryChange, &Vehicle)> {
        match &self.happened {
            Happened::ToVehicle { change, vehicle } => Some((*change, vehicle)),
            Happened::RightsChanged(_) => None,
        }
    }
}
