use std::pin::Pin;

use application::live_queries::News;
use futures::{Stream, StreamExt as _, stream};
use juniper::{DefaultScalarValue, FieldResult, ID, OperationType, graphql_subscription};
use tokio::time::Instant;

use crate::{
    context::Context,
    instruments,
    loading::Manner,
    problem::Problem,
    types::{VehiclePositionUpdate, VehicleStateChange, VehicleValue},
};

/// What a subscriber is told. What can't be begun, or can't go on, ends with an error that says why.
type Events<T> = Pin<Box<dyn Stream<Item = FieldResult<T>> + Send>>;

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
        #[graphql(description = "Which vehicle; all when it is left out.")] vehicle_id: Option<ID>,
    ) -> Events<VehiclePositionUpdate> {
        let stream = &context.use_cases.stream_vehicle_positions;
        begin(async {
            let id = vehicle_id.map(|id| context.id("vehicleId", &id)).transpose()?;
            let updates = stream.execute(&context.actor, id).await;
            let updates = updates.map_err(|error| context.fault(error))?;
            Ok(updates.map(|update| Ok(update.into())).boxed())
        })
        .await
    }

    /// Each change of what one vehicle is doing, or all are. Ends with an error when changes were lost.
    pub async fn vehicle_state_changed(
        context: &Context,
        #[graphql(description = "Which vehicle; all when it is left out.")] vehicle_id: Option<ID>,
    ) -> Events<VehicleStateChange> {
        let watch = &context.use_cases.watch_registry;
        begin(async {
            let id = vehicle_id.map(|id| context.id("vehicleId", &id)).transpose()?;
            let changes = watch.status_changed(&context.actor, id).await;
            Ok(events(
                changes.map_err(|error| context.fault(error))?,
                VehicleStateChange::from,
            ))
        })
        .await
    }

    /// Each vehicle that is registered. What can't be told of it at that moment is null, or an empty list. Ends
    /// with an error when some were lost.
    pub async fn vehicle_added(context: &Context) -> Events<VehicleValue> {
        let added = context.use_cases.watch_registry.added(&context.actor);
        let context = context.clone();
        let show = move |vehicle| VehicleValue::new(vehicle, &context.fresh_loaders(Manner::Lenient));
        begin(async { Ok(events(added, show)) }).await
    }

    /// The deletion of a vehicle; completes after it. Ends with an error when it may have been missed.
    pub async fn vehicle_removed(
        context: &Context,
        #[graphql(description = "Which vehicle.")] id: ID,
    ) -> Events<ID> {
        let watch = &context.use_cases.watch_registry;
        begin(async {
            let id = context.id("id", &id)?;
            let removal = watch.removed(&context.actor, id).await;
            let removal = removal.map_err(|error| context.fault(error))?;
            Ok(events(removal, |id| ID::new(id.to_string())))
        })
        .await
    }
}

/// A subscription is measured when it begins.
async fn begin<T: Send + 'static>(opening: impl Future<Output = FieldResult<Events<T>>>) -> Events<T> {
    let started = Instant::now();
    let opened = opening.await;
    instruments::answered(Some(OperationType::Subscription), opened.is_ok(), started);
    opened.unwrap_or_else(|fault| stream::once(std::future::ready(Err(fault))).boxed())
}

fn events<T: 'static, U: 'static>(news: News<T>, event: impl Fn(T) -> U + Send + 'static) -> Events<U> {
    news.map(move |news| match news {
        Ok(news) => Ok(event(news)),
        Err(lost) => Err(Problem::unavailable(lost.to_string()).into()),
    })
    .boxed()
}
