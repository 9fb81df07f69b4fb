//! The enumerations of the schema.

use application::ports;
use domain::{telemetry, vehicle as domain_vehicle};
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

/// Whether a robot is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum ConnectionStatus {
    /// It is.
    Connected,
    /// Not since a while: what is known of it is stale.
    Timeout,
    /// Not for so long that it must be taken for gone, or never.
    Disconnected,
}

/// Whether a vehicle's live keys say what the server knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum SyncStatus {
    /// They do.
    Synced,
    /// They are behind, or not there yet.
    OutOfSync,
    /// They could not be read or written.
    #[graphql(name = "ERROR")]
    Failed,
}

/// By what vehicles are sorted. Equals follow in the order of their registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum VehicleSortField {
    /// The time of registration.
    CreatedAt,
    /// The name, byte by byte, with ASCII capitals as small letters.
    Name,
    /// The status, by its name.
    Status,
    /// The time of the last change.
    UpdatedAt,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum SortDirection {
    /// The smallest first.
    Asc,
    /// The greatest first.
    Desc,
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

/// Conversions to an enumeration from the one that it mirrors.
macro_rules! from_domain {
    ($domain:path => $name:ident { $($theirs:ident => $ours:ident),+ $(,)? }) => {
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

/// Conversions in both directions.
macro_rules! mirrors {
    ($name:ident = $domain:path { $($ours:ident = $theirs:ident),+ $(,)? }) => {
        into_domain!($name => $domain { $($ours => $theirs),+ });
        from_domain!($domain => $name { $($theirs => $ours),+ });
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
into_domain!(VehicleSortField => ports::SortField {
    CreatedAt => CreatedAt,
    Name => Name,
    Status => Status,
    UpdatedAt => UpdatedAt,
});
into_domain!(SortDirection => ports::SortDirection { Asc => Ascending, Desc => Descending });
from_domain!(telemetry::ConnectionStatus => ConnectionStatus {
    Connected => Connected,
    Timeout => Timeout,
    Disconnected => Disconnected,
});
from_domain!(domain_vehicle::SyncStatus => SyncStatus {
    Synced => Synced,
    OutOfSync => OutOfSync,
    Error => Failed,
});
