//! The enumerations of the schema.

use domain::vehicle as domain_vehicle;
use juniper::GraphQLEnum;

/// The kind of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum VehicleType {
    /// Autonomous mobile robot: finds its own way.
    Amr,
    /// Automated guided vehicle: follows a line.
    Agv,
    /// Overhead hoist transport: runs on a rail under the ceiling.
    Oht,
    /// Automated forklift truck.
    Forklift,
}

/// What a vehicle is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum VehicleStatus {
    /// Ready, with nothing to do.
    Idle,
    /// Driving.
    Moving,
    /// At its charger.
    Charging,
    /// In need of help.
    #[graphql(name = "ERROR")]
    // a variant `Error` clashes with an associated type in what Juniper derives
    Failed,
    /// Held where it is.
    Stopped,
    /// In people's hands.
    Maintenance,
}

/// What an automated guided vehicle follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum GuideType {
    /// A magnetic tape.
    Magnetic,
    /// Reflectors, seen by a laser.
    Laser,
    /// A wire in the floor.
    Wire,
    /// Lines or marks, seen by a camera.
    Vision,
}

/// Where the hoist of an overhead hoist transport is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum HoistStatus {
    /// At the vehicle.
    Up,
    /// At the port below.
    Down,
    /// Between the two.
    Moving,
}

/// Conversions from an enumeration to the one that it mirrors.
macro_rules! into_domain {
    ($name:ident => $domain:path { $($ours:ident => $theirs:ident),+ $(,)? }) => {
        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$ours => Self::$theirs),+
                }
            }
        }
    };
}

/// Conversions in both directions.
macro_rules! mirrors {
    ($name:ident = $domain:path { $($ours:ident = $theirs:ident),+ $(,)? }) => {
        into_domain!($name => $domain { $($ours => $theirs),+ });

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                use $domain as Domain;
                match value {
                    $(Domain::$theirs => Self::$ours),+
                }
            }
        }
    };
}

into_domain!(VehicleType => domain_vehicle::VehicleType {
    Amr => Amr,
    Agv => Agv,
    Oht => Oht,
    Forklift => Forklift,
});
mirrors!(VehicleStatus = domain_vehicle::VehicleStatus {
    Idle = Idle,
    Moving = Moving,
    Charging = Charging,
    Failed = Error,
    Stopped = Stopped,
    Maintenance = Maintenance,
});
mirrors!(GuideType = domain_vehicle::GuideType {
    Magnetic = Magnetic,
    Laser = Laser,
    Wire = Wire,
    Vision = Vision,
});
mirrors!(HoistStatus = domain_vehicle::HoistStatus { Up = Up, Down = Down, Moving = Moving });
