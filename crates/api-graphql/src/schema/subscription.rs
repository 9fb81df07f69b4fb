use std::{pin::Pin, time::Duration};

use application::live_queries::{MAX_INTERVAL, News};
use domain::Violations;
use futures::{Stream, StreamExt as _, stream};
use juniper::{DefaultScalarValue, FieldResult, ID, OperationType, graphql_subscription};
use tokio::time::Instant;

use super::event_loaders::EventLoaders;
use crate::{
    context::Context,
    instruments,
    problem::Problem,
    types::{
        List, VehicleConnectionChange, VehicleEvent, VehicleFilter, VehiclePositionUpdate,
        VehicleStateChange, VehicleValue,
    },
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
        let loaders = EventLoaders::of(context);
        begin(async {
            let id = vehicle_id.map(|id| context.id("vehicleId", &id)).transpose()?;
            let updates = context
                .app
                .live_queries
                .stream_positions(&context.actor, &context.rights, id)
                .await;
            let updates = updates.map_err(|error| context.fault(error))?;
            let show = move |update| Ok(VehiclePositionUpdate::new(update, &loaders.next()));
            Ok(updates.map(show).boxed())
        })
        .await
    }

    /// The positions of many vehicles together: first what is known, then one list per interval with the vehicles that
    /// have a new position. A list has at most 1,000 of them; more follow at once. A client that reads slowly gets
    /// newer positions, less often. Ends with an error when changes of the filtered vehicles were lost.
    pub async fn vehicle_positions_updated(
        context: &Context,
        #[graphql(
            description = "The vehicles that are watched; all when left out. One that comes to match is included from then on."
        )]
        filter: Option<VehicleFilter>,
        #[graphql(
            description = "The least milliseconds between two lists, 0 (each change at once) to 10000; the server's own interval when left out."
        )]
        interval_ms: Option<i32>,
    ) -> Events<List<VehiclePositionUpdate>> {
        let loaders = EventLoaders::of(context);
        begin(async {
            let mut faults = Violations::default();
            let filter = faults.join(filter.unwrap_or_default().checked());
            let interval = faults.keep("intervalMs", interval_ms.map(interval).transpose());
            let (Some(filter), Some(interval)) = (filter, interval) else {
                return Err(context.fault(faults));
            };
            let updates = context.app.live_queries.stream_positions_together(
                &context.actor,
                &context.rights,
                filter,
                interval,
            );
            let updates = updates.map_err(|error| context.fault(error))?;
            let show = move |updates: Vec<_>| {
                let loaders = loaders.next();
                let show = |update| VehiclePositionUpdate::new(update, &loaders);
                updates.into_iter().map(show).collect()
            };
            Ok(events(updates, show))
        })
        .await
    }

    /// Each change of what one vehicle is doing, or all are. Ends with an error when changes were lost.
    pub async fn vehicle_state_changed(
        context: &Context,
        #[graphql(description = "Which vehicle; all when it is left out.")] vehicle_id: Option<ID>,
    ) -> Events<VehicleStateChange> {
        let loaders = EventLoaders::of(context);
        begin(async {
            let id = vehicle_id.map(|id| context.id("vehicleId", &id)).transpose()?;
            let changes = context
                .app
                .live_queries
                .watch_statuses(&context.actor, &context.rights, id)
                .await;
            let changes = changes.map_err(|error| context.fault(error))?;
            let show = move |(change, vehicle)| VehicleStateChange::new(change, &vehicle, &loaders.next());
            Ok(events(changes, show))
        })
        .await
    }

    /// Each change of whether one vehicle is heard, or all are. Ends with an error when changes were lost.
    pub async fn vehicle_connection_changed(
        context: &Context,
        #[graphql(description = "The vehicle; all when left out.")] vehicle_id: Option<ID>,
    ) -> Events<VehicleConnectionChange> {
        let loaders = EventLoaders::of(context);
        begin(async {
            let id = vehicle_id.map(|id| context.id("vehicleId", &id)).transpose()?;
            let changes = context
                .app
                .live_queries
                .watch_connections(&context.actor, &context.rights, id)
                .await;
            let changes = changes.map_err(|error| context.fault(error))?;
            let show = move |change| VehicleConnectionChange::new(&change, &loaders.next());
            Ok(events(changes, show))
        })
        .await
    }

    /// All that happens to vehicles from now on, in order: enough to keep a list and a cache of them current. A vehicle
    /// that comes to match the filter is added, one that no longer does is removed. Ends with an error when events were
    /// lost: subscribe again, and then ask for the list.
    pub async fn vehicle_events(
        context: &Context,
        #[graphql(description = "The vehicles that are watched; all when left out.")] filter: Option<
            VehicleFilter,
        >,
    ) -> Events<VehicleEvent> {
        let loaders = EventLoaders::of(context);
        begin(async {
            let filter = filter.unwrap_or_default().checked();
            let filter = filter.map_err(|faults| context.fault(faults))?;
            let show = move |event| VehicleEvent::new(event, &loaders.next());
            Ok(events(
                context
                    .app
                    .live_queries
                    .watch_events(&context.actor, &context.rights, filter),
                show,
            ))
        })
        .await
    }

    /// Each vehicle that is registered. What can't be told of it at that moment is null, or an empty list. Ends
    /// with an error when some were lost.
    pub async fn vehicle_added(context: &Context) -> Events<VehicleValue> {
        let added = context
            .app
            .live_queries
            .watch_added(&context.actor, &context.rights);
        let loaders = EventLoaders::of(context);
        let show = move |vehicle| VehicleValue::new(vehicle, &loaders.next());
        begin(async { Ok(events(added, show)) }).await
    }

    /// The deletion of a vehicle; completes after it. Ends with an error when it may have been missed.
    pub async fn vehicle_removed(
        context: &Context,
        #[graphql(description = "Which vehicle.")] id: ID,
    ) -> Events<ID> {
        begin(async {
            let id = context.id("id", &id)?;
            let removal = context
                .app
                .live_queries
                .watch_removed(&context.actor, &context.rights, id)
                .await;
            let removal = removal.map_err(|error| context.fault(error))?;
            Ok(events(removal, |id| ID::new(id.to_string())))
        })
        .await
    }
}

fn interval(ms: i32) -> Result<Duration, String> {
    let interval = u64::try_from(ms).ok().map(Duration::from_millis);
    interval
        .filter(|interval| *interval <= MAX_INTERVAL)
        .ok_or_else(|| format!("must be between 0 and {}", MAX_INTERVAL.as_millis()))
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
