//! A change of what a vehicle is doing.

use application::registry::StatusChange;
use juniper::{GraphQLObject, ID};

use super::{DateTime, VehicleStatus};

/// A change of what a vehicle is doing: by a person, or by the robot's own word.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleStateChange {
    /// Which vehicle.
    vehicle_id: ID,
    /// What it was doing before.
    old_status: VehicleStatus,
    /// What it is doing now.
    new_status: VehicleStatus,
    /// When it changed.
    at: DateTime,
}

impl From<StatusChange> for VehicleStateChange {
    fn from(change: StatusChange) -> Self {
        Self {
            vehicle_id: ID::new(change.vehicle_id.to_string()),
            old_status: change.old.into(),
            new_status: change.new.into(),
            at: change.at.into(),
        }
    }
}
