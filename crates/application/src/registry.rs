//! What happens in the registry, as everybody hears of it.

use std::fmt;

use domain::{UserId, vehicle::Vehicle};
use time::OffsetDateTime;

pub use ::live::{RegistryChange, RegistryNews, StatusChange};

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
