use application::vehicles::VehicleQuery;
use domain::Violations;
use juniper::{DefaultScalarValue, FieldResult, ID, graphql_object};

use super::vehicle_id;
use crate::{
    context::Context,
    types::{
        Pagination, VehicleConnection, VehicleFilter, VehiclePosition, VehicleRuntimeState, VehicleType,
        VehicleValue,
    },
};

/// What can be asked.
pub struct Query;

/// What can be asked.
#[graphql_object]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl Query {
    /// A page of vehicles, in the order in which they were registered.
    pub async fn vehicles(
        context: &Context,
        filter: Option<VehicleFilter>,
        pagination: Option<Pagination>,
    ) -> FieldResult<VehicleConnection> {
        let pagination = pagination.unwrap_or_default();
        let after = pagination
            .after()
            .map_err(|faults| context.fault(within_pagination(faults)))?;
        let query = VehicleQuery {
            filter: filter.unwrap_or_default().into(),
            first: pagination.first.map(i64::from),
            after,
        };
        match context
            .use_cases
            .list_vehicles
            .execute(&context.actor, query)
            .await
        {
            Ok(page) => Ok(VehicleConnection::of(page, after)),
            Err(application::Error::Invalid(faults)) => Err(context.fault(within_pagination(faults))),
            Err(error) => Err(context.fault(error)),
        }
    }

    /// One vehicle; null when there is none of this id.
    pub async fn vehicle(context: &Context, id: ID) -> FieldResult<Option<VehicleValue>> {
        let id = vehicle_id(context, "id", &id)?;
        let found = context.use_cases.get_vehicle.execute(&context.actor, id).await;
        found
            .map(|vehicle| vehicle.map(Into::into))
            .map_err(|error| context.fault(error))
    }

    /// All vehicles of a kind, in the order in which they were registered.
    pub async fn vehicles_by_type(context: &Context, r#type: VehicleType) -> FieldResult<Vec<VehicleValue>> {
        let found = context
            .use_cases
            .list_vehicles_by_type
            .execute(&context.actor, r#type.into())
            .await;
        found
            .map(|vehicles| vehicles.into_iter().map(Into::into).collect())
            .map_err(|error| context.fault(error))
    }

    /// All vehicles that are enabled, in the order in which they were registered.
    pub async fn enabled_vehicles(context: &Context) -> FieldResult<Vec<VehicleValue>> {
        let found = context
            .use_cases
            .list_enabled_vehicles
            .execute(&context.actor)
            .await;
        found
            .map(|vehicles| vehicles.into_iter().map(Into::into).collect())
            .map_err(|error| context.fault(error))
    }

    /// Where a vehicle is; null when that is not known yet.
    pub async fn vehicle_position(context: &Context, vehicle_id: ID) -> FieldResult<Option<VehiclePosition>> {
        let id = self::vehicle_id(context, "vehicleId", &vehicle_id)?;
        let found = context
            .use_cases
            .get_vehicle_position
            .execute(&context.actor, id)
            .await;
        found
            .map(|position| position.map(Into::into))
            .map_err(|error| context.fault(error))
    }

    /// How a vehicle is; null when that is not known yet.
    pub async fn vehicle_runtime_state(
        context: &Context,
        vehicle_id: ID,
    ) -> FieldResult<Option<VehicleRuntimeState>> {
        let id = self::vehicle_id(context, "vehicleId", &vehicle_id)?;
        let found = context
            .use_cases
            .get_vehicle_runtime_state
            .execute(&context.actor, id)
            .await;
        found
            .map(|state| state.map(Into::into))
            .map_err(|error| context.fault(error))
    }
}

/// The use case does not know by which argument its fields came in.
fn within_pagination(faults: Violations) -> Violations {
    let mut nested = Violations::default();
    nested.nest::<()>("pagination", Err(faults));
    nested
}
