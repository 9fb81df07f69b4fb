//! A change of what a vehicle is doing.

use std::sync::Arc;

use application::{live_queries::SeenVehicle, registry::StatusChange};
use juniper::{DefaultScalarValue, GraphQLObject, ID};

use super::{DateTime, VehicleStatus, VehicleValue};
use crate::{context::Context, loading::Loaders};

/// A change of what a vehicle is doing: by a person, or by the robot's own word.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleStateChange {
    /// Which vehicle.
    vehicle_id: ID,
    /// The vehicle as it is now.
    vehicle: VehicleValue,
    /// What it was doing before.
    old_status: VehicleStatus,
    /// What it is doing now.
    new_status: VehicleStatus,
    /// When it changed.
    at: DateTime,
}

impl VehicleStateChange {
    /// The change; `loaders` load more about its vehicle.
    pub(crate) fn new(change: StatusChange, vehicle: &SeenVehicle, loaders: &Arc<Loaders>) -> Self {
        Self {
            vehicle_id: ID::new(change.vehicle_id.to_string()),
            vehicle: VehicleValue::new(vehicle.shown(), loaders),
            old_status: change.old.into(),
            new_status: change.new.into(),
            at: change.at.into(),
        }
    }
}
