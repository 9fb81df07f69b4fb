//! What changes of several vehicles answer.

use domain::VehicleId;
use juniper::{DefaultScalarValue, GraphQLObject, ID};

use super::{List, VehicleValue};
use crate::context::Context;

/// The vehicles that were enabled.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct EnableVehiclesPayload {
    /// All of them, in the order in which they were asked for; those that were enabled before too.
    pub(crate) vehicles: List<VehicleValue>,
}

/// The vehicles that were disabled.
#[derive(GraphQLObject)]
#[graphql(context = Context, scalar = DefaultScalarValue)]
pub struct DisableVehiclesPayload {
    /// All of them, in the order in which they were asked for; those that were disabled before too.
    pub(crate) vehicles: List<VehicleValue>,
}

/// The vehicles that were deleted.
#[derive(Clone, Debug, GraphQLObject)]
pub struct DeleteVehiclesPayload {
    /// Their ids, in the order in which they were asked for.
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
