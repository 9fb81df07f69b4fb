//! Operational status of vehicles, and the allowed transitions.

use crate::named_enum;

named_enum! {
    /// Operational status of a vehicle.
    VehicleStatus {
        /// The vehicle is ready and has no task.
        Idle = "IDLE",
        /// The vehicle is driving.
        Moving = "MOVING",
        /// The vehicle is at a charger.
        Charging = "CHARGING",
        /// The vehicle has a fault that needs attention.
        Error = "ERROR",
        /// The vehicle has stopped on its way.
        Stopped = "STOPPED",
        /// The vehicle is under maintenance.
        Maintenance = "MAINTENANCE",
    }
}

impl VehicleStatus {
    /// Returns the statuses that a user may set after this one.
    ///
    /// After ERROR or MAINTENANCE, a vehicle must be at rest (IDLE or STOPPED) before it moves or charges. A moving
    /// vehicle must be at rest before it is charged or maintained, and a charging one before it moves. ERROR may follow
    /// every other status. The table does not apply to statuses that the robot itself reports.
    #[must_use]
    pub const fn may_be_followed_by(self) -> &'static [Self] {
        use VehicleStatus::{Charging, Error, Idle, Maintenance, Moving, Stopped};
        match self {
            Idle => &[Moving, Charging, Error, Stopped, Maintenance],
            Moving => &[Idle, Error, Stopped],
            Charging => &[Idle, Error, Stopped, Maintenance],
            Error => &[Idle, Stopped, Maintenance],
            Stopped => &[Idle, Moving, Charging, Error, Maintenance],
            Maintenance => &[Idle, Error, Stopped],
        }
    }

    /// Returns `next` if a user may set it after this status. Setting the same status again is allowed.
    ///
    /// # Errors
    /// Fails if the transition is not allowed.
    pub fn change_to(self, next: Self) -> Result<Self, ForbiddenTransition> {
        if self == next || self.may_be_followed_by().contains(&next) {
            Ok(next)
        } else {
            Err(ForbiddenTransition { from: self, to: next })
        }
    }
}

/// Error returned for a transition that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not change from {from} to {to}")]
pub struct ForbiddenTransition {
    /// Current status.
    pub from: VehicleStatus,
    /// Requested status.
    pub to: VehicleStatus,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{VehicleStatus::*, *};

    #[rstest]
    #[case(Idle, Moving)]
    #[case(Moving, Stopped)]
    #[case(Charging, Idle)]
    #[case(Error, Maintenance)]
    #[case(Maintenance, Idle)]
    fn transitions_in_the_table_are_allowed(#[case] from: VehicleStatus, #[case] to: VehicleStatus) {
        assert_eq!(from.change_to(to), Ok(to));
    }

    #[rstest]
    #[case(Moving, Charging)]
    #[case(Moving, Maintenance)]
    #[case(Charging, Moving)]
    #[case(Error, Moving)]
    #[case(Error, Charging)]
    #[case(Maintenance, Moving)]
    #[case(Maintenance, Charging)]
    fn other_transitions_are_forbidden(#[case] from: VehicleStatus, #[case] to: VehicleStatus) {
        assert_eq!(from.change_to(to), Err(ForbiddenTransition { from, to }));
    }

    #[test]
    fn every_status_can_be_kept_and_be_followed_by_idle_and_error() {
        for &status in VehicleStatus::ALL {
            assert_eq!(status.change_to(status), Ok(status));
            assert!(status.change_to(Error).is_ok(), "{status} to ERROR");
            assert!(status.change_to(Idle).is_ok(), "{status} to IDLE");
        }
    }

    #[test]
    fn names_are_parsed() {
        for &status in VehicleStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        let fault = "moving"
            .parse::<VehicleStatus>()
            .expect_err("names are in capitals");
        assert_eq!(
            fault.to_string(),
            "must be one of IDLE, MOVING, CHARGING, ERROR, STOPPED, MAINTENANCE"
        );
    }
}
