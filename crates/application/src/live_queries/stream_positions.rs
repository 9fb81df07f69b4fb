use std::{sync::Arc, time::Duration};

use domain::{
    AccessScope, VehicleId,
    telemetry::{VehiclePosition, VehicleRuntimeState},
    vehicle::Vehicle,
};
use futures::{
    FutureExt as _, StreamExt as _,
    future::pending,
    stream::{self, BoxStream},
};

use super::{
    LiveQueries,
    conflated::{Conflated, Waiting},
    selection::{SeenVehicle, Selection},
    watch_registry::News,
};
use crate::{
    Actor,
    error::Result,
    identity::RightsWatch,
    live::{
        Batch, Delivery, IndexedNews, Live, LiveEvent, NewsLost, Oldest, OutgoingMessage, Outlet, Subscriber,
        Topic, TracedMessage, VehicleNews, VehicleWatch,
    },
    ports::VehicleFilter,
};

/// Maximum interval that a client may choose for a stream.
pub const MAX_INTERVAL: Duration = Duration::from_secs(10);

/// Maximum number of positions in one list. Further positions follow immediately in another list.
const MAX_TOGETHER: usize = 1_000;

/// The current position and state of a vehicle.
#[derive(Debug, Clone)]
pub struct PositionUpdate {
    pub vehicle_id: VehicleId,
    pub vehicle: SeenVehicle,
    pub position: VehiclePosition,
    /// `None` if no state of the vehicle is known.
    pub state: Option<VehicleRuntimeState>,
}

impl LiveQueries {
    /// Streams the positions of one vehicle, or of all that exist for the caller (StreamVehiclePositions): first the
    /// known positions, then new ones. A slow reader gets fewer and newer positions. The stream covers the vehicles
    /// that the caller may see at any given time, and continues when they are disabled and enabled. It ends with the
    /// server, with the caller's session, or with the deletion of the one vehicle.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::Unavailable`] if the live core lacks the vehicle and the registry is unavailable.
    pub async fn stream_positions(
        &self,
        actor: &Actor,
        rights: &RightsWatch,
        id: Option<VehicleId>,
    ) -> Result<BoxStream<'static, PositionUpdate>> {
        let (topic, deletion) = match id {
            Some(id) => {
                // The watch starts before the check, so a deletion between the two is not missed.
                let deletion = self.presence.deletion(id);
                self.presence.check(actor, id).await?;
                (Topic::Vehicle(id), deletion)
            }
            None => (Topic::All, pending().boxed()),
        };
        let reader = self.position_reader(
            (actor, rights),
            VehicleFilter::default(),
            &topic,
            self.interval,
            None,
        )?;
        let updates = stream::unfold(reader, |mut reader| async move {
            Some((reader.next(1).await?, reader))
        });
        // Without a watch, no news can be lost, so there is no error to report.
        Ok(updates
            .flat_map(|updates| stream::iter(updates.unwrap_or_default()))
            .take_until(deletion)
            .boxed())
    }

    /// Streams the positions of all vehicles that match a filter. Once per interval, the vehicles that have a new
    /// position are returned together, in lists of at most 1,000. A vehicle that newly matches the filter is included
    /// with its known position. The stream ends with an error if changes were lost.
    ///
    /// # Errors
    /// Returns the errors of [`Subscriber::subscribe`].
    pub fn stream_positions_together(
        &self,
        actor: &Actor,
        rights: &RightsWatch,
        filter: VehicleFilter,
        interval: Option<Duration>,
    ) -> Result<News<Vec<PositionUpdate>>> {
        let topic = filter.kind.map_or(Topic::All, Topic::Type);
        // A change of data can make a vehicle match the filter without a change of its position.
        let may_enter: fn(&VehicleNews) -> bool = |news| {
            matches!(
                news,
                VehicleNews::Changed { .. } | VehicleNews::StatusReported { .. }
            )
        };
        let wants = (filter != VehicleFilter::default()).then_some(may_enter);
        let interval = interval.unwrap_or(self.interval);
        let reader = self.position_reader((actor, rights), filter, &topic, interval, wants)?;
        Ok(stream::unfold(reader, |mut reader| async move {
            Some((reader.next(MAX_TOGETHER).await?, reader))
        })
        .boxed())
    }

    fn position_reader(
        &self,
        (actor, rights): (&Actor, &RightsWatch),
        filter: VehicleFilter,
        topic: &Topic,
        interval: Duration,
        wants: Option<fn(&VehicleNews) -> bool>,
    ) -> Result<Reader> {
        let live = &self.presence.live;
        let selection = Selection::new(Arc::clone(&actor.scope), Arc::new(filter));
        let asked = selection.asked();
        // The watch starts before the subscription reads the vehicles, so no vehicle starts to match unnoticed.
        let watch = wants.map(|wants| live.watch_vehicles(Arc::clone(asked), None, wants));
        let subscriber = live.connect(Arc::clone(asked), interval);
        subscriber.subscribe(topic)?;
        Ok(Reader {
            live: Arc::clone(live),
            subscriber,
            watch,
            rights: rights.clone(),
            selection,
            waiting: Conflated::default(),
            handed_on: None,
        })
    }
}

struct Reader {
    live: Arc<Live>,
    subscriber: Subscriber,
    /// Watch of changes after which vehicles may start or cease to match the filter; `None` without a filter.
    watch: Option<VehicleWatch>,
    rights: RightsWatch,
    selection: Selection,
    waiting: Conflated,
    /// The newest delivery, until all of its positions have been returned.
    handed_on: Option<HandedOn>,
}

/// A delivery, and what was returned since it arrived. Some of the delivery may never be returned: the filter may
/// exclude vehicles, and newer views replace older ones.
struct HandedOn {
    delivery: Delivery,
    /// The earliest delivery whose views were still waiting when this one arrived, or this delivery itself. It
    /// determines which data is new.
    since: Arc<Batch>,
    /// Times of the oldest new data that was returned.
    oldest: Oldest,
    /// Number of positions that were returned.
    positions: usize,
    /// The traced messages whose data was returned.
    traces: Vec<TracedMessage>,
}

impl Reader {
    /// Returns at least one and up to `most` updates; `None` at the end of the stream.
    async fn next(&mut self, most: usize) -> Option<Result<Vec<PositionUpdate>, NewsLost>> {
        loop {
            // Changes of rights are applied first, even if there is always something to read: waiting updates may no
            // longer be visible.
            while let Some(identity) = self.rights.changed().now_or_never() {
                self.change_scope(identity?.scope.clone());
            }
            // Newly arrived updates may replace those that are still waiting. They are not awaited, because a message
            // without updates may be the last one for a long time.
            while let Some(outgoing) = self.subscriber.take().now_or_never() {
                self.accept(outgoing?);
            }
            while let Some(news) = next_of(&mut self.watch).now_or_never() {
                match news? {
                    Ok(news) => self.follow(&news.news),
                    Err(lost) => return Some(Err(lost)),
                }
            }
            let updates = self.take(most);
            if !updates.is_empty() {
                return Some(Ok(updates));
            }
            if let Some(handed_on) = self.handed_on.take() {
                self.note_written(&handed_on);
            }
            // All branches are cancel-safe.
            tokio::select! {
                biased;
                identity = self.rights.changed() => self.change_scope(identity?.scope.clone()),
                news = next_of(&mut self.watch) => match news? {
                    Ok(news) => self.follow(&news.news),
                    Err(lost) => return Some(Err(lost)),
                },
                outgoing = self.subscriber.take() => {
                    let outgoing = outgoing?;
                    self.accept(outgoing);
                }
            }
        }
    }

    fn take(&mut self, most: usize) -> Vec<PositionUpdate> {
        let mut updates = Vec::new();
        while updates.len() < most
            && let Some((view, vehicle)) = self.waiting.pop()
        {
            let Some(position) = view.position.clone() else {
                continue;
            };
            if let Some(handed_on) = &mut self.handed_on {
                let traces = handed_on.delivery.batch.traces.iter();
                handed_on.positions += 1;
                handed_on.oldest.include(&view, &handed_on.since);
                handed_on
                    .traces
                    .extend(traces.filter(|message| view.shows(message)));
            }
            updates.push(PositionUpdate {
                vehicle_id: view.vehicle_id,
                vehicle: self.selection.seen(&vehicle),
                position,
                state: view.state.clone(),
            });
        }
        updates
    }

    /// Records what was returned of a delivery. The client has taken it, because it asks for more.
    fn note_written(&self, handed_on: &HandedOn) {
        let HandedOn {
            delivery,
            oldest,
            positions,
            traces,
            ..
        } = handed_on;
        if *positions > 0 {
            self.subscriber
                .partly_written(delivery, *oldest, *positions, traces, Outlet::Graphql);
        }
    }

    fn change_scope(&mut self, scope: Arc<AccessScope>) {
        self.selection = self.selection.within(scope);
        let asked = self.selection.asked();
        self.subscriber.change_scope(Arc::clone(asked));
        if let Some(watch) = &self.watch {
            watch.change_scope(Arc::clone(asked));
        }
        let selection = &self.selection;
        self.waiting.retain(|(_, vehicle)| selection.has(vehicle));
    }

    fn accept(&mut self, outgoing: OutgoingMessage) {
        let OutgoingMessage::Batch(delivery) = outgoing else {
            return;
        };
        let since = match self.handed_on.take() {
            Some(earlier) => {
                self.note_written(&earlier);
                match self.waiting.is_empty() {
                    true => Arc::clone(&delivery.batch),
                    false => earlier.since,
                }
            }
            None => Arc::clone(&delivery.batch),
        };
        for event in &delivery.batch.events {
            if let LiveEvent::VehicleRemoved { vehicle_id } = **event {
                self.waiting.remove(vehicle_id);
            }
        }
        let views = &delivery.batch.views;
        let ids: Vec<_> = views.iter().map(|view| view.vehicle_id).collect();
        let vehicles = self.live.vehicles(&ids);
        for (view, vehicle) in views.iter().zip(vehicles) {
            // A vehicle that the core no longer contains has been removed. The removal is in a later batch.
            if let Some(vehicle) = vehicle {
                self.put((Arc::clone(view), vehicle));
            }
        }
        self.handed_on = Some(HandedOn {
            delivery,
            since,
            oldest: Oldest::default(),
            positions: 0,
            traces: Vec::new(),
        });
    }

    fn put(&mut self, waiting: Waiting) {
        if self.selection.has(&waiting.1) {
            self.waiting.put(waiting);
        } else {
            self.waiting.remove(waiting.0.vehicle_id);
        }
    }

    /// Adds the known position of a vehicle that newly matches the filter, and drops the waiting position of a vehicle
    /// that no longer matches it.
    fn follow(&mut self, news: &VehicleNews) {
        let (before, after) = match news {
            VehicleNews::Changed { before, after } => {
                let had = before.as_ref().is_some_and(|vehicle| self.selection.has(vehicle));
                (had, after.as_ref())
            }
            VehicleNews::StatusReported { vehicle, old, .. } => {
                let mut before = Vehicle::clone(vehicle);
                before.status = *old;
                (self.selection.has(&before), Some(vehicle))
            }
            _ => return,
        };
        let Some(after) = after else { return };
        match (before, self.selection.has(after)) {
            (false, true) => {
                if let Some(view) = self.live.read(|core, _| core.view(after.id)) {
                    self.waiting.put((view, Arc::clone(after)));
                }
            }
            (true, false) => self.waiting.remove(after.id),
            _ => {}
        }
    }
}

/// Waits for the next news of a watch; waits forever if there is no watch.
async fn next_of(watch: &mut Option<VehicleWatch>) -> Option<Result<Arc<IndexedNews>, NewsLost>> {
    match watch {
        Some(watch) => watch.next().await,
        None => std::future::pending().await,
    }
}
