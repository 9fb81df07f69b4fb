//! What subscribers of vehicles are told of.

use std::sync::Arc;

use application::live_queries as told;
use juniper::{DefaultScalarValue, GraphQLObject, GraphQLUnion, ID};

use super::{ConnectionStatus, DateTime, VehicleStateChange, VehicleValue};
use crate::{context::Context, loading::Loaders};

/// Something that happened to one of the vehicles that are watched.
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

/// A vehicle was registered, or has come to be one of those that are watched.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleAdded {
    /// The vehicle.
    vehicle: VehicleValue,
}

/// A vehicle's data was changed by a person.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleUpdated {
    /// The vehicle as it is now.
    vehicle: VehicleValue,
}

/// A vehicle is gone.
#[derive(Clone, Debug, GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleRemoved {
    /// The vehicle's id.
    vehicle_id: ID,
    /// `DELETED`; `DISABLED`: nothing more is heard of it until it is enabled; or `OUT_OF_SCOPE`: it may no longer be seen, or
    /// no longer matches the filter.
    // A text, as that of a change of connection: GraphQL merges fields of one name only when they are of one type.
    reason: String,
}

/// A robot is heard again, or no longer.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleConnectionChange {
    /// The vehicle's id.
    vehicle_id: ID,
    /// The vehicle.
    vehicle: VehicleValue,
    /// Whether the robot is heard now.
    connection_status: ConnectionStatus,
    /// Why, in words for a person.
    reason: String,
    /// Since when.
    since: DateTime,
}

/// A robot reports a fault that it did not report before.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct VehicleErrorRaised {
    /// The vehicle's id.
    vehicle_id: ID,
    /// The vehicle.
    vehicle: VehicleValue,
    /// The fault, as the robot names it.
    error_code: String,
    /// The fault in words for a person.
    message: String,
    /// When the server received the report.
    at: DateTime,
}

fn name_of(reason: told::RemovalReason) -> &'static str {
    match reason {
        told::RemovalReason::Deleted => "DELETED",
        told::RemovalReason::Disabled => "DISABLED",
        told::RemovalReason::OutOfScope => "OUT_OF_SCOPE",
    }
}

impl VehicleConnectionChange {
    /// The change; `loaders` load more about its vehicle.
    pub(crate) fn new(change: &told::ConnectionChange, loaders: &Arc<Loaders>) -> Self {
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
    /// The event; `loaders` load more about its vehicle.
    pub(crate) fn new(event: told::VehicleEvent, loaders: &Arc<Loaders>) -> Self {
        let show = |vehicle: &told::SeenVehicle| VehicleValue::new(vehicle.shown(), loaders);
        match event {
            told::VehicleEvent::Added(vehicle) => Self::Added(VehicleAdded {
                vehicle: show(&vehicle),
            }),
            told::VehicleEvent::Updated(vehicle) => Self::Updated(VehicleUpdated {
                vehicle: show(&vehicle),
            }),
            told::VehicleEvent::Removed(id, reason) => Self::Removed(VehicleRemoved {
                vehicle_id: ID::new(id.to_string()),
                reason: name_of(reason).to_owned(),
            }),
            told::VehicleEvent::StatusChanged(change, vehicle) => {
                Self::StateChange(VehicleStateChange::new(change, &vehicle, loaders))
            }
            told::VehicleEvent::ConnectionChanged(change) => {
                Self::ConnectionChange(VehicleConnectionChange::new(&change, loaders))
            }
            told::VehicleEvent::ErrorRaised { vehicle, code, at } => {
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
