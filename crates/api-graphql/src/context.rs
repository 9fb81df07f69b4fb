//! What resolvers work with.

use std::sync::Arc;

use application::{
    Actor, Error,
    live_queries::{GetVehiclePosition, GetVehicleRuntimeState, StreamVehiclePositions},
    vehicles::{
        CreateVehicle, DeleteVehicle, DisableVehicle, EnableVehicle, GetVehicle, ListEnabledVehicles,
        ListVehicles, ListVehiclesByType,
    },
};
use juniper::{FieldError, FieldResult};

use crate::problem::Problem;

/// The use cases that the schema offers.
pub struct UseCases {
    /// Registers a vehicle.
    pub create_vehicle: CreateVehicle,
    /// Opens a vehicle.
    pub enable_vehicle: EnableVehicle,
    /// Closes a vehicle.
    pub disable_vehicle: DisableVehicle,
    /// Deletes a vehicle.
    pub delete_vehicle: DeleteVehicle,
    /// Shows a vehicle.
    pub get_vehicle: GetVehicle,
    /// Shows a page of vehicles.
    pub list_vehicles: ListVehicles,
    /// Shows the vehicles of a kind.
    pub list_vehicles_by_type: ListVehiclesByType,
    /// Shows the enabled vehicles.
    pub list_enabled_vehicles: ListEnabledVehicles,
    /// Tells where a vehicle is.
    pub get_vehicle_position: GetVehiclePosition,
    /// Tells how a vehicle is.
    pub get_vehicle_runtime_state: GetVehicleRuntimeState,
    /// Tells where vehicles are from now on.
    pub stream_vehicle_positions: StreamVehiclePositions,
}

/// One request's context: what it may use, and on whose behalf.
#[derive(Clone)]
pub struct Context {
    pub(crate) use_cases: Arc<UseCases>,
    pub(crate) actor: Arc<Actor>,
    pub(crate) request_id: Arc<str>,
}

impl juniper::Context for Context {}

impl Context {
    /// A request of `actor`, which logs know by `request_id`.
    #[must_use]
    pub fn new(use_cases: Arc<UseCases>, actor: Actor, request_id: &str) -> Self {
        Self {
            use_cases,
            actor: Arc::new(actor),
            request_id: request_id.into(),
        }
    }

    /// A use case's answer as a resolver's.
    pub(crate) fn answer<T, U: From<T>>(&self, result: Result<T, Error>) -> FieldResult<U> {
        result.map(U::from).map_err(|error| self.fault(error))
    }

    /// A use case's error as a resolver's.
    pub(crate) fn fault(&self, error: impl Into<Error>) -> FieldError {
        Problem::of(error.into(), &self.request_id).into()
    }
}
