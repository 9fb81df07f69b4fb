use std::{pin::Pin, time::Duration};

use application::live_queries::{MAX_INTERVAL, News};
use domain::Violations;
use futures::{Stream, StreamExt as _, stream};
use juniper::{DefaultScalarValue, FieldResult, ID, OperationType, graphql_subscription};
use tokio::time::Instant;

use super::{event_loaders::EventLoaders, traced::traced};
use crate::{
    context::Context,
    instruments,
    problem::Problem,
    types::{
        List, VehicleConnectionChange, VehicleEvent, VehicleFilter, VehiclePositionUpdate,
        VehicleStateChange, VehicleValue,
    },
};

/// Events of a subscription. If the subscription can't be started or continued, the last event is an error that states
/// the reason.
type Events<T> = Pin<Box<dyn Stream<Item = FieldResult<T>> + Send>>;

/// Operations that stream events.
pub struct Subscription;

// Fields in the payload of an event must not fail, because Juniper would then replace the whole event with null.
/// Operations that stream events.
#[graphql_subscription]
#[graphql(context = Context, scalar = DefaultScalarValue)]
impl Subscription {
    /// Streams the positions of one vehicle, or of all vehicles: first the known positions, then changes of position or
    /// state, for each vehicle at most one per interval of the server (100 ms by default). Slow clients receive fewer,
    /// newer positions. A subscription to one vehicle completes when the vehicle is deleted.
    pub async fn vehicle_position_updated(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle; all if omitted.")] vehicle_id: Option<ID>,
    ) -> Events<VehiclePositionUpdate> {
        let loaders = EventLoaders::of(context);
        begin(context, "vehiclePositionUpdated", async {
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

    /// Streams the positions of several vehicles together: first the known positions, then one list per interval with
    /// the vehicles whose position or state has changed. A list has at most 1,000 items; further items follow
    /// immediately in another list. Slow clients receive fewer, newer positions. Ends with an error if the server has
    /// lost track of the vehicles that match the filter.
    pub async fn vehicle_positions_updated(
        context: &Context,
        #[graphql(
            description = "Criteria for the vehicles; all if omitted. Vehicles that start to match are included."
        )]
        filter: Option<VehicleFilter>,
        #[graphql(
            description = "Interval in milliseconds, from 0 (no delay) to 10000; defaults to the interval of the server."
        )]
        interval_ms: Option<i32>,
    ) -> Events<List<VehiclePositionUpdate>> {
        let loaders = EventLoaders::of(context);
        begin(context, "vehiclePositionsUpdated", async {
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

    /// Streams each change of the status of one vehicle, or of all vehicles. A subscription to one vehicle completes
    /// when the vehicle is deleted. Ends with an error if changes were lost.
    pub async fn vehicle_state_changed(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle; all if omitted.")] vehicle_id: Option<ID>,
    ) -> Events<VehicleStateChange> {
        let loaders = EventLoaders::of(context);
        begin(context, "vehicleStateChanged", async {
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

    /// Streams each change of the connection status of one vehicle, or of all vehicles. A subscription to one vehicle
    /// completes when the vehicle is deleted. Ends with an error if changes were lost.
    pub async fn vehicle_connection_changed(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle; all if omitted.")] vehicle_id: Option<ID>,
    ) -> Events<VehicleConnectionChange> {
        let loaders = EventLoaders::of(context);
        begin(context, "vehicleConnectionChanged", async {
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

    /// Streams all events of vehicles in order, starting now. They are sufficient to keep a list or a cache of vehicles
    /// up to date, except for positions and states. A vehicle that starts to match the filter is reported as added, and
    /// one that no longer matches as removed. Ends with an error if events were lost; the client should then subscribe
    /// again, and query the list after that.
    pub async fn vehicle_events(
        context: &Context,
        #[graphql(description = "Criteria for the vehicles; all if omitted.")] filter: Option<VehicleFilter>,
    ) -> Events<VehicleEvent> {
        let loaders = EventLoaders::of(context);
        begin(context, "vehicleEvents", async {
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

    /// Streams each vehicle that is registered or restored from now on. Data that is unavailable at that moment is
    /// null, or an empty list, without an error. Ends with an error if vehicles were missed.
    pub async fn vehicle_added(context: &Context) -> Events<VehicleValue> {
        let added = context
            .app
            .live_queries
            .watch_added(&context.actor, &context.rights);
        let loaders = EventLoaders::of(context);
        let show = move |vehicle| VehicleValue::new(vehicle, &loaders.next());
        begin(context, "vehicleAdded", async { Ok(events(added, show)) }).await
    }

    /// Reports the deletion of a vehicle, and then completes. Ends with an error if the deletion may have been missed.
    pub async fn vehicle_removed(
        context: &Context,
        #[graphql(description = "Identifier of the vehicle.")] id: ID,
    ) -> Events<ID> {
        begin(context, "vehicleRemoved", async {
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

/// Starts the subscription of a field, and records how long this takes and whether it fails.
async fn begin<T: Send + 'static>(
    context: &Context,
    field_name: &'static str,
    opening: impl Future<Output = FieldResult<Events<T>>>,
) -> Events<T> {
    let started = Instant::now();
    let opened = traced(field_name, opening).await;
    instruments::answered(Some(OperationType::Subscription), opened.is_ok(), started);
    opened.unwrap_or_else(|fault| {
        context.fail_to_start();
        stream::once(std::future::ready(Err(fault))).boxed()
    })
}

fn events<T: 'static, U: 'static>(news: News<T>, event: impl Fn(T) -> U + Send + 'static) -> Events<U> {
    news.map(move |news| match news {
        Ok(news) => Ok(event(news)),
        Err(lost) => Err(Problem::unavailable(lost.to_string()).into()),
    })
    .boxed()
}
