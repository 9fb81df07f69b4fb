//! Changes to a vehicle that must not be merged.

use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, ErrorCode, Timestamp},
    vehicle::VehicleStatus,
};

/// A change to a vehicle. The changes to a vehicle are delivered to its subscribers in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEvent {
    /// The operational status changed.
    StateChange {
        /// The vehicle.
        vehicle_id: VehicleId,
        /// Previous status.
        old: VehicleStatus,
        /// Current status.
        new: VehicleStatus,
        /// Time at which the server received the change.
        at: Timestamp,
    },
    /// The robot reports an error code that its previous state did not contain.
    VehicleError {
        /// The vehicle.
        vehicle_id: VehicleId,
        /// The new error code.
        code: ErrorCode,
    },
    /// The connection was lost or restored.
    ConnectionChange {
        /// The vehicle.
        vehicle_id: VehicleId,
        /// The new connection status.
        connection: ConnectionStatus,
        /// Human-readable reason.
        reason: &'static str,
        /// Time since which messages have been arriving, or have been missing.
        since: Timestamp,
    },
    /// The vehicle was deleted or disabled, or is no longer in the subscriber's scope.
    VehicleRemoved {
        /// The vehicle.
        vehicle_id: VehicleId,
    },
    /// The vehicle no longer matches any of the subscriber's topics.
    VehicleLeft {
        /// The vehicle.
        vehicle_id: VehicleId,
    },
}

impl LiveEvent {
    /// Returns the vehicle of the event.
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

    /// Returns `true` if the event removes the vehicle from the subscriber's view.
    #[must_use]
    pub const fn is_removal(&self) -> bool {
        matches!(self, Self::VehicleRemoved { .. } | Self::VehicleLeft { .. })
    }
}
