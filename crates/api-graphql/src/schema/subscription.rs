use std::{pin::Pin, time::Instant};

use futures::{Stream, StreamExt as _};
use juniper::{DefaultScalarValue, FieldResult, ID, OperationType, graphql_subscription};

use super::vehicle_id;
use crate::{context::Context, instruments, types::VehiclePositionUpdate};

type Updates<T> = Pin<Box<dyn Stream<Item = T> + Send>>;

/// What can be watched.
pub struct Subscription;

// A payload's own fields never fail: Juniper would replace the whole event by null.
/// What can be watched.
#[graphql_subscription]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl Subscription {
    /// Where one vehicle is, or all are: first what is known, then each change. Who reads slowly gets fewer,
    /// newer positions.
    pub async fn vehicle_position_updated(
        context: &Context,
        vehicle_id: Option<ID>,
    ) -> FieldResult<Updates<VehiclePositionUpdate>> {
        let started = Instant::now();
        let opened = open(context, vehicle_id.as_ref()).await;
        instruments::answered(Some(OperationType::Subscription), opened.is_ok(), started);
        opened
    }
}

async fn open(context: &Context, id: Option<&ID>) -> FieldResult<Updates<VehiclePositionUpdate>> {
    let id = id.map(|id| vehicle_id(context, "vehicleId", id)).transpose()?;
    let updates = context
        .use_cases
        .stream_vehicle_positions
        .execute(&context.actor, id)
        .await;
    match updates {
        Ok(updates) => Ok(updates.map(Into::into).boxed()),
        Err(error) => Err(context.fault(error)),
    }
}
