//! The kinds of vehicle, and the details of any kind.

use super::{AgvDetails, AmrDetails, ForkliftDetails, OhtDetails};
use crate::{named_enum, violation::Violations};

named_enum! {
    /// Kind of vehicle.
    #[non_exhaustive]
    VehicleType {
        /// Autonomous mobile robot, which plans its own path.
        Amr = "AMR",
        /// Automated guided vehicle, which follows a guide.
        Agv = "AGV",
        /// Overhead hoist transport, which runs on a rail under the ceiling.
        Oht = "OHT",
        /// Automated forklift truck.
        Forklift = "FORKLIFT",
    }
}

/// Kind-specific details of a vehicle.
#[derive(Debug, Clone, PartialEq)]
pub enum VehicleDetails {
    /// Details of an autonomous mobile robot.
    Amr(AmrDetails),
    /// Details of an automated guided vehicle.
    Agv(AgvDetails),
    /// Details of an overhead hoist transport.
    Oht(OhtDetails),
    /// Details of a forklift.
    Forklift(ForkliftDetails),
}

impl VehicleDetails {
    /// Returns the kind of vehicle to which the details belong.
    #[must_use]
    pub const fn kind(&self) -> VehicleType {
        match self {
            Self::Amr(_) => VehicleType::Amr,
            Self::Agv(_) => VehicleType::Agv,
            Self::Oht(_) => VehicleType::Oht,
            Self::Forklift(_) => VehicleType::Forklift,
        }
    }

    /// Returns the details of `kind` from an input that has a field for each kind. The field of `kind` must be given,
    /// and no other.
    ///
    /// # Errors
    /// Returns the faults of all given details, a fault for each given field of another kind, and a fault if the field
    /// of `kind` is missing.
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
                faults.add(field, "must be omitted for a vehicle of another type");
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
