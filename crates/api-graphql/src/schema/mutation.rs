use juniper::{DefaultScalarValue, FieldResult, ID, graphql_object};

use super::vehicle_id;
use crate::{
    context::Context,
    types::{CreateVehicleInput, VehicleValue},
};

/// What can be changed.
pub struct Mutation;

/// What can be changed.
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl Mutation {
    /// Registers a vehicle: IDLE and disabled. For administrators.
    pub async fn create_vehicle(context: &Context, input: CreateVehicleInput) -> FieldResult<VehicleValue> {
        context.answer(
            context
                .use_cases
                .create_vehicle
                .execute(&context.actor, input.into())
                .await,
        )
    }

    /// Deletes a vehicle: it is gone for everybody, and its name is free again. For administrators.
    pub async fn delete_vehicle(context: &Context, id: ID) -> FieldResult<bool> {
        let id = vehicle_id(context, "id", &id)?;
        let deleted = context.use_cases.delete_vehicle.execute(&context.actor, id).await;
        deleted.map(|()| true).map_err(|error| context.fault(error))
    }

    /// Enables a vehicle: its messages are taken and delivered when this answers. For operators.
    pub async fn enable_vehicle(context: &Context, id: ID) -> FieldResult<VehicleValue> {
        let id = vehicle_id(context, "id", &id)?;
        context.answer(context.use_cases.enable_vehicle.execute(&context.actor, id).await)
    }

    /// Disables a vehicle: none of its messages is delivered when this answers. For operators.
    pub async fn disable_vehicle(context: &Context, id: ID) -> FieldResult<VehicleValue> {
        let id = vehicle_id(context, "id", &id)?;
        context.answer(
            context
                .use_cases
                .disable_vehicle
                .execute(&context.actor, id)
                .await,
        )
    }
}
