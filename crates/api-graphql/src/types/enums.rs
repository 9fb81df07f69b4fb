//! Enumerations of the schema.

use application::ports;
use domain::{telemetry, vehicle as domain_vehicle};
use juniper::GraphQLEnum;

/// Type of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum VehicleType {
    /// Autonomous mobile robot: plans its own route.
    Amr,
    /// Automated guided vehicle: follows a fixed guide path.
    Agv,
    /// Overhead hoist transport: runs on a ceiling-mounted rail.
    Oht,
    /// Automated forklift truck.
    Forklift,
}

/// Operational status of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum VehicleStatus {
    /// Ready and without a task.
    Idle,
    /// Driving.
    Moving,
    /// At a charger.
    Charging,
    /// In a fault condition that requires attention.
    #[graphql(name = "ERROR")]
    // A variant named `Error` would clash with an associated type in the code that Juniper generates.
    Failed,
    /// Halted at its current position.
    Stopped,
    /// Out of service for maintenance.
    Maintenance,
}

/// Guidance technology of an automated guided vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum GuideType {
    /// Magnetic tape.
    Magnetic,
    /// Reflectors detected by a laser.
    Laser,
    /// Wire embedded in the floor.
    Wire,
    /// Lines or markers detected by a camera.
    Vision,
}

/// Position of the hoist of an overhead hoist transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum HoistStatus {
    /// Raised to the vehicle.
    Up,
    /// Lowered to the port.
    Down,
    /// Between the vehicle and the port.
    Moving,
}

/// Whether the server is receiving messages from a robot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum ConnectionStatus {
    /// Messages are being received.
    Connected,
    /// No message has been received for some time (5 seconds by default): the known position and state are stale.
    Timeout,
    /// No message has been received for so long (30 seconds by default) that the robot is considered offline, or none
    /// has ever been received.
    Disconnected,
}

/// Whether a vehicle's live keys in Redis match the data that the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum SyncStatus {
    /// The keys are up to date.
    Synced,
    /// The keys are out of date, or have not been written yet.
    OutOfSync,
    /// The keys could not be read or written, or the robot's messages are being rejected.
    #[graphql(name = "ERROR")]
    Failed,
}

/// Field that vehicles are sorted by. Vehicles with equal values are in order of registration, or in the reverse order
/// if the direction is DESC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum VehicleSortField {
    /// Time of registration.
    CreatedAt,
    /// Name, compared byte by byte in UTF-8, with ASCII letters in lower case.
    Name,
    /// Status, in alphabetical order of the status names.
    Status,
    /// Time of the last change.
    UpdatedAt,
}

/// Direction in which a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum SortDirection {
    /// Ascending: smallest value first.
    Asc,
    /// Descending: greatest value first.
    Desc,
}

/// Role of a user: the operations that the user may perform. All users except administrators need grants to access
/// vehicles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum Role {
    /// May manage vehicles, groups, users and grants, and read the audit log. Administrators who belong to no
    /// organisation may do this in all organisations, and may also manage the organisations themselves.
    Admin,
    /// May enable and disable vehicles and set their status.
    Operator,
    /// May only read.
    Viewer,
}

/// Maximum role of a user on the vehicles of a grant. If the user's own role is lower, that role applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, GraphQLEnum)]
pub enum GrantRole {
    /// May enable and disable vehicles and set their status.
    Operator,
    /// May only read.
    Viewer,
}

/// Implements the conversion from an enumeration of the schema to its counterpart in an inner layer.
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

/// Implements the conversion to an enumeration of the schema from its counterpart in an inner layer.
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
mirrors!(Role = domain::Role {
    Admin = Admin,
    Operator = Operator,
    Viewer = Viewer,
});
mirrors!(GrantRole = domain::GrantRole { Operator = Operator, Viewer = Viewer });
