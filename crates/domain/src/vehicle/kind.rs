//! The kinds of vehicle.

use super::{AgvDetails, AmrDetails, ForkliftDetails, OhtDetails};
use crate::{named_enum, violation::Violations};

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

    /// Returns the details of a kind out of those that were given under the kinds' names: exactly one, that of the kind.
    ///
    /// # Errors
    /// All faults: those of the details that were given, one for each that another kind has, and one when those of the
    /// kind are missing.
    pub fn the_one_of(
        kind: VehicleType,
        given: impl IntoIterator<Item = (VehicleType, Result<Self, Violations>)>,
    ) -> Result<Self, Violations> {
        let (mut faults, mut details) = (Violations::default(), None);
        let mut is_there = false;
        for (of_kind, checked) in given {
            let field = of_kind.as_str().to_ascii_lowercase();
            let checked = faults.nest(&field, checked);
            if of_kind == kind {
                (details, is_there) = (checked, true);
            } else {
                faults.add(field, "must be left out for a vehicle of another type");
            }
        }
        if !is_there {
            let field = kind.as_str().to_ascii_lowercase();
            faults.add(field, "must be given for a vehicle of this type");
        }
        match details {
            Some(details) if faults.is_empty() => Ok(details),
            _ => Err(faults),
        }
    }
}
