//! Payloads of mutations that change several vehicles.

use domain::VehicleId;
use juniper::{DefaultScalarValue, GraphQLObject, ID};

use super::{List, VehicleValue};
use crate::context::Context;

/// Result of `enableVehicles`.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct EnableVehiclesPayload {
    /// All requested vehicles, each once, in the order of the request. Includes those that were already enabled.
    pub(crate) vehicles: List<VehicleValue>,
}

/// Result of `disableVehicles`.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct DisableVehiclesPayload {
    /// All requested vehicles, each once, in the order of the request. Includes those that were already disabled.
    pub(crate) vehicles: List<VehicleValue>,
}

/// Result of `deleteVehicles`.
#[derive(Clone, Debug, GraphQLObject)]
pub struct DeleteVehiclesPayload {
    /// Identifiers of the deleted vehicles, each once, in the order of the request.
    deleted_vehicle_ids: Vec<ID>,
}

impl From<Vec<VehicleId>> for DeleteVehiclesPayload {
    fn from(ids: Vec<VehicleId>) -> Self {
        let id = |id: VehicleId| ID::new(id.to_string());
        Self {
            deleted_vehicle_ids: ids.into_iter().map(id).collect(),
        }
    }
}
