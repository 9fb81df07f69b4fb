//! What a vehicle is doing, and what may follow.

use crate::named_enum;

named_enum! {
    /// What a vehicle is doing.
    VehicleStatus {
        /// Ready, with nothing to do.
        Idle = "IDLE",
        /// Driving.
        Moving = "MOVING",
        /// At its charger.
        Charging = "CHARGING",
        /// In need of help.
        Error = "ERROR",
        /// Held where it is.
        Stopped = "STOPPED",
        /// In people's hands.
        Maintenance = "MAINTENANCE",
    }
}

impl VehicleStatus {
    /// The statuses that a person may set after this one.
    ///
    /// The reasons: what is in error or in maintenance comes back through rest (IDLE or STOPPED), never
    /// straight into motion or onto a charger; what moves is brought to rest before it is charged or taken
    /// apart; an error can be declared from anywhere. The robot's own word is not held to this table.
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

    /// Allows a person's change from this status to `next`. Setting what is already set is no change.
    ///
    /// # Errors
    /// When the table does not have the transition.
    pub fn change_to(self, next: Self) -> Result<Self, ForbiddenTransition> {
        if self == next || self.may_be_followed_by().contains(&next) {
            Ok(next)
        } else {
            Err(ForbiddenTransition { from: self, to: next })
        }
    }
}

/// A change of status that the table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not change from {from} to {to}")]
pub struct ForbiddenTransition {
    /// The status before.
    pub from: VehicleStatus,
    /// The status asked for.
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
    fn the_table_allows(#[case] from: VehicleStatus, #[case] to: VehicleStatus) {
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
    fn the_table_forbids(#[case] from: VehicleStatus, #[case] to: VehicleStatus) {
        assert_eq!(from.change_to(to), Err(ForbiddenTransition { from, to }));
    }

    #[test]
    fn every_status_can_stay_come_to_rest_and_fail() {
        for &status in VehicleStatus::ALL {
            assert_eq!(status.change_to(status), Ok(status));
            assert!(status.change_to(Error).is_ok(), "{status} to ERROR");
            assert!(status.change_to(Idle).is_ok(), "{status} to IDLE");
        }
    }

    #[test]
    fn names_are_read_back() {
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
