//! The kinds of vehicle.

use super::{AgvDetails, AmrDetails, ForkliftDetails, OhtDetails};
use crate::named_enum;

named_enum! {
    /// The kind of a vehicle.
    #[non_exhaustive]
    VehicleType {
        /// Autonomous mobile robot: finds its own way.
        Amr = "AMR",
        /// Automated guided vehicle: follows a line.
        Agv = "AGV",
        /// Overhead hoist transport: runs on a rail under the ceiling.
        Oht = "OHT",
        /// Automated forklift truck.
        Forklift = "FORKLIFT",
    }
}

/// What only one kind of vehicle has.
#[derive(Debug, Clone, PartialEq)]
pub enum VehicleDetails {
    /// Of an autonomous mobile robot.
    Amr(AmrDetails),
    /// Of an automated guided vehicle.
    Agv(AgvDetails),
    /// Of an overhead hoist transport.
    Oht(OhtDetails),
    /// Of a forklift.
    Forklift(ForkliftDetails),
}

impl VehicleDetails {
    /// Whose details they are.
    #[must_use]
    pub const fn kind(&self) -> VehicleType {
        match self {
            Self::Amr(_) => VehicleType::Amr,
            Self::Agv(_) => VehicleType::Agv,
            Self::Oht(_) => VehicleType::Oht,
            Self::Forklift(_) => VehicleType::Forklift,
        }
    }
}
