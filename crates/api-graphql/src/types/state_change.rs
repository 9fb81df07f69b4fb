//! Changes of the operational status, as events.

use std::sync::Arc;

use application::{live_queries::SeenVehicle, registry::StatusChange};
use juniper::{DefaultScalarValue, GraphQLObject, ID};

use super::{DateTime, VehicleStatus, VehicleValue};
use crate::{context::Context, loading::Loaders};

/// Change of a vehicle's operational status, made by a user or reported by the robot.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleStateChange {
    /// Identifier of the vehicle.
    vehicle_id: ID,
    /// Vehicle with its current data.
    vehicle: VehicleValue,
    /// Status before the change.
    old_status: VehicleStatus,
    /// Status after the change.
    new_status: VehicleStatus,
    /// Time of the change. For a status that the robot reported, time at which the server received the report.
    at: DateTime,
}

impl VehicleStateChange {
    /// Converts a change; `loaders` load the live data and groups of its vehicle.
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
