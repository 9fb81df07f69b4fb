//! The bridge of each vehicle.

use std::collections::HashMap;

use domain::{VehicleId, named_enum, telemetry::Timestamp};

use super::heartbeat::{BridgedRobot, RobotStatus};

named_enum! {
    /// Whether the bridge of a vehicle receives data from its robot, as far as that is known.
    VehicleBridgeStatus {
        /// Data is arriving.
        Connected = "connected",
        /// There is a connection, but data no longer arrives.
        Silent = "silent",
        /// No data has arrived yet.
        NoData = "no_data",
        /// It is not known whether the vehicle has a bridge.
        Unknown = "unknown",
    }
}

/// The bridge that publishes the messages from a vehicle's robot.
#[derive(Debug, Clone, PartialEq)]
pub enum VehicleBridge {
    /// A heartbeat lists the vehicle.
    Known {
        /// Name of the bridge.
        name: String,
        /// The robot of the vehicle.
        robot: BridgedRobot,
    },
    /// The vehicle is not in any heartbeat that was read, but may be in one that was not read.
    Unknown {
        /// Reason why not all heartbeats were read, which may be shown to anyone.
        reason: &'static str,
    },
}

impl VehicleBridge {
    #[must_use]
    pub const fn status(&self) -> VehicleBridgeStatus {
        match self {
            Self::Known { robot, .. } => match robot.status {
                RobotStatus::Connected => VehicleBridgeStatus::Connected,
                RobotStatus::Silent => VehicleBridgeStatus::Silent,
                RobotStatus::NoData => VehicleBridgeStatus::NoData,
            },
            Self::Unknown { .. } => VehicleBridgeStatus::Unknown,
        }
    }
}

/// The robots of all bridges, by vehicle. If several bridges claim a vehicle, the strongest claim prevails: that of a
/// connected robot, then that of a silent one; among equals, that with the latest `since`, because the robot has
/// probably moved to that bridge; and then the first one added.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims(HashMap<VehicleId, Claim>);

#[derive(Debug, Clone, Copy)]
struct Claim {
    strength: (u8, Timestamp),
    place: Place,
}

/// Place of a robot: the index of its bridge, and its index among the robots of this bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) bridge: usize,
    pub(super) robot: usize,
}

impl Claims {
    /// Adds the robots of a bridge.
    pub(super) fn add(&mut self, bridge: usize, robots: &[BridgedRobot]) {
        for (index, robot) in robots.iter().enumerate() {
            let claim = Claim {
                strength: strength_of(robot),
                place: Place { bridge, robot: index },
            };
            let strongest = self.0.entry(robot.vehicle_id).or_insert(claim);
            if strongest.strength < claim.strength {
                *strongest = claim;
            }
        }
    }

    /// Returns the place of the robot with the strongest claim to a vehicle.
    pub(super) fn strongest(&self, id: VehicleId) -> Option<Place> {
        self.0.get(&id).map(|claim| claim.place)
    }
}

const fn strength_of(robot: &BridgedRobot) -> (u8, Timestamp) {
    let rank = match robot.status {
        RobotStatus::Connected => 2,
        RobotStatus::Silent => 1,
        RobotStatus::NoData => 0,
    };
    (rank, robot.since)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::{RobotStatus::*, *};

    fn id(number: u128) -> VehicleId {
        VehicleId::from_uuid(Uuid::from_u128(number))
    }

    fn robot(vehicle: u128, status: RobotStatus, since: i64) -> BridgedRobot {
        BridgedRobot {
            vehicle_id: id(vehicle),
            status,
            reason: None,
            since: Timestamp::from_unix_ms(since).expect("a time"),
            clock_offset_ms: None,
        }
    }

    #[test]
    fn a_vehicle_is_found_at_the_place_of_its_robot() {
        let mut claims = Claims::default();
        claims.add(0, &[robot(1, Connected, 1), robot(2, NoData, 1)]);
        claims.add(2, &[robot(3, Silent, 1)]);
        let place = |bridge, robot| Some(Place { bridge, robot });
        let places = [1, 2, 3, 4].map(|number| claims.strongest(id(number)));
        assert_eq!(places, [place(0, 0), place(0, 1), place(2, 0), None]);
    }

    #[rstest]
    #[case::connected_before_silent((Silent, 9), (Connected, 1), 1)]
    #[case::connected_before_no_data((Connected, 1), (NoData, 9), 0)]
    #[case::silent_before_no_data((NoData, 9), (Silent, 1), 1)]
    #[case::the_later_of_two_that_are_connected((Connected, 1), (Connected, 2), 1)]
    #[case::the_later_of_two_that_are_silent((Silent, 2), (Silent, 1), 0)]
    #[case::the_first_of_equals((Connected, 1), (Connected, 1), 0)]
    fn the_strongest_claim_to_a_vehicle_counts(
        #[case] first: (RobotStatus, i64),
        #[case] second: (RobotStatus, i64),
        #[case] expected: usize,
    ) {
        let mut claims = Claims::default();
        for (bridge, (status, since)) in [first, second].into_iter().enumerate() {
            claims.add(bridge, &[robot(1, status, since)]);
        }
        let found = claims.strongest(id(1)).map(|place| place.bridge);
        assert_eq!(found, Some(expected));
    }
}
