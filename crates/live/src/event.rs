//! Changes of a vehicle that may not be merged.

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, ErrorCode, Timestamp},
    vehicle::VehicleStatus,
};

/// Something that happened to a vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEvent {
    /// Its status changed.
    StateChange {
        /// The vehicle.
        vehicle_id: VehicleId,
        /// The status before.
        old: VehicleStatus,
        /// The status now.
        new: VehicleStatus,
        /// When the server learnt of it.
        at: Timestamp,
    },
    /// It reports a fault that it did not report before.
    VehicleError {
        /// The vehicle.
        vehicle_id: VehicleId,
        /// The fault.
        code: ErrorCode,
    },
    /// It is heard again, or no longer.
    ConnectionChange {
        /// The vehicle.
        vehicle_id: VehicleId,
        /// The connection now.
        connection: ConnectionStatus,
        /// Why, in words for a person.
        reason: &'static str,
        /// Since when.
        since: Timestamp,
    },
    /// It was deleted or disabled, or is no longer this watcher's to see.
    VehicleRemoved {
        /// The vehicle.
        vehicle_id: VehicleId,
    },
    /// It no longer matches any topic of this watcher, which has others.
    VehicleLeft {
        /// The vehicle.
        vehicle_id: VehicleId,
    },
}

impl LiveEvent {
    /// Whose event it is.
    #[must_use]
    pub const fn vehicle_id(&self) -> VehicleId {
        match self {
            Self::StateChange { vehicle_id, .. }
            | Self::VehicleError { vehicle_id, .. }
            | Self::ConnectionChange { vehicle_id, .. }
            | Self::VehicleRemoved { vehicle_id }
            | Self::VehicleLeft { vehicle_id } => *vehicle_id,
        }
    }

    /// Whether the vehicle is not in the watcher's picture any more.
    #[must_use]
    pub const fn is_removal(&self) -> bool {
        matches!(self, Self::VehicleRemoved { .. } | Self::VehicleLeft { .. })
    }
}
