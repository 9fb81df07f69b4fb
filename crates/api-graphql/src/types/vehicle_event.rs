//! Events of the subscription `vehicleEvents`.

use std::sync::Arc;

use application::live_queries;
use juniper::{DefaultScalarValue, GraphQLObject, GraphQLUnion, ID};

use super::{ConnectionStatus, DateTime, VehicleStateChange, VehicleValue};
use crate::{context::Context, loading::Loaders};

/// Event of one of the subscribed vehicles.
#[derive(GraphQLUnion)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub enum VehicleEvent {
    Added(VehicleAdded),
    Updated(VehicleUpdated),
    Removed(VehicleRemoved),
    StateChange(VehicleStateChange),
    ConnectionChange(VehicleConnectionChange),
    ErrorRaised(VehicleErrorRaised),
}

/// A vehicle was registered or restored, started to match the filter, or became visible to the caller.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleAdded {
    /// Vehicle that was added.
    vehicle: VehicleValue,
}

/// A user changed the data of a vehicle, or the set of its groups that the caller may see has changed.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleUpdated {
    /// Vehicle with its current data.
    vehicle: VehicleValue,
}

/// A vehicle was deleted or disabled, no longer matches the filter, or is no longer visible to the caller.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleRemoved {
    /// Identifier of the vehicle.
    vehicle_id: ID,
    /// `DELETED`, `OUT_OF_SCOPE` (the vehicle is no longer visible to the caller, or no longer matches the filter) or
    /// `DISABLED` (messages from the robot are rejected until the vehicle is enabled). A disabled vehicle still matches
    /// a filter without `enabled`, and changes to its data are still sent.
    // A string, as in `VehicleConnectionChange`: GraphQL only merges fields of the same name if their types are equal.
    reason: String,
}

/// The connection status of a robot has changed.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleConnectionChange {
    /// Identifier of the vehicle.
    vehicle_id: ID,
    /// Vehicle whose connection status has changed.
    vehicle: VehicleValue,
    /// New connection status.
    connection_status: ConnectionStatus,
    /// Human-readable reason for the change.
    reason: String,
    /// For CONNECTED, time at which a message was received; otherwise, time since which no message has been received.
    since: DateTime,
}

/// A robot reports an error code that its previous state did not contain.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleErrorRaised {
    /// Identifier of the vehicle.
    vehicle_id: ID,
    /// Vehicle that reports the error.
    vehicle: VehicleValue,
    /// Error code as reported by the robot.
    error_code: String,
    /// Human-readable message that contains the error code.
    message: String,
    /// Time at which the server received the report.
    at: DateTime,
}

fn name_of(reason: live_queries::RemovalReason) -> &'static str {
    match reason {
        live_queries::RemovalReason::Deleted => "DELETED",
        live_queries::RemovalReason::Disabled => "DISABLED",
        live_queries::RemovalReason::OutOfScope => "OUT_OF_SCOPE",
    }
}

impl VehicleConnectionChange {
    /// Converts a change; `loaders` load the live data and groups of its vehicle.
    pub(crate) fn new(change: &live_queries::ConnectionChange, loaders: &Arc<Loaders>) -> Self {
        let vehicle = change.vehicle.shown();
        Self {
            vehicle_id: ID::new(vehicle.id.to_string()),
            vehicle: VehicleValue::new(vehicle, loaders),
            connection_status: change.connection.into(),
            reason: change.reason.to_owned(),
            since: change.since.into(),
        }
    }
}

impl VehicleEvent {
    /// Converts an event; `loaders` load the live data and groups of its vehicle.
    pub(crate) fn new(event: live_queries::VehicleEvent, loaders: &Arc<Loaders>) -> Self {
        let show = |vehicle: &live_queries::SeenVehicle| VehicleValue::new(vehicle.shown(), loaders);
        match event {
            live_queries::VehicleEvent::Added(vehicle) => Self::Added(VehicleAdded {
                vehicle: show(&vehicle),
            }),
            live_queries::VehicleEvent::Updated(vehicle) => Self::Updated(VehicleUpdated {
                vehicle: show(&vehicle),
            }),
            live_queries::VehicleEvent::Removed(id, reason) => Self::Removed(VehicleRemoved {
                vehicle_id: ID::new(id.to_string()),
                reason: name_of(reason).to_owned(),
            }),
            live_queries::VehicleEvent::StatusChanged(change, vehicle) => {
                Self::StateChange(VehicleStateChange::new(change, &vehicle, loaders))
            }
            live_queries::VehicleEvent::ConnectionChanged(change) => {
                Self::ConnectionChange(VehicleConnectionChange::new(&change, loaders))
            }
            live_queries::VehicleEvent::ErrorRaised { vehicle, code, at } => {
                let vehicle = vehicle.shown();
                Self::ErrorRaised(VehicleErrorRaised {
                    vehicle_id: ID::new(vehicle.id.to_string()),
                    vehicle: VehicleValue::new(vehicle, loaders),
                    message: format!("the vehicle reports {code}"),
                    error_code: code.to_string(),
                    at: at.into(),
                })
            }
        }
    }
}
