use std::{collections::VecDeque, sync::Arc};

use ::live::Place;
use domain::{AccessScope, VehicleId, vehicle::Vehicle};
use futures::{
    FutureExt as _, StreamExt as _,
    future::ready,
    stream::{self, BoxStream},
};
use tokio::time::{Instant, sleep_until};

use super::{
    presence::Presence,
    selection::Selection,
    vehicle_event::{ConnectionChange, RemovalReason, VehicleEvent},
    watch_registry::{News, UNTIL_THE_LOG_IS_READ},
};
use crate::{
    Actor,
    error::Result,
    identity::RightsWatch,
    live::{Live, NewsLost, VehicleNews, VehicleWatch},
    ports::{VehicleFilter, VehicleRepository},
};

/// How many vehicles are compared at once after rights have changed.
const AT_ONCE: usize = 500;

/// How many changes of rights may follow one another before the first has been worked off.
const MAX_CHANGES_OF_RIGHTS: usize = 8;

/// Tells what happens to the vehicles of a selection from now on, whichever server it is done on.
pub struct WatchVehicles {
    presence: Presence,
}

impl WatchVehicles {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>) -> Self {
        Self {
            presence: Presence { live, repository },
        }
    }

    /// All events of the vehicles that a filter lets pass. A vehicle that comes to match it is added, one that no longer
    /// does is removed.
    #[must_use]
    pub fn events(&self, actor: &Actor, filter: VehicleFilter) -> News<VehicleEvent> {
        self.watch(actor, filter, None, |_| true)
    }

    /// The changes of connection, of one vehicle or of all.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a vehicle that is not there; [`crate::Error::Unavailable`] when only the registry
    /// could tell whether it is, and is away.
    pub async fn connections(&self, actor: &Actor, id: Option<VehicleId>) -> Result<News<ConnectionChange>> {
        let is_wanted = |news: &VehicleNews| matches!(news, VehicleNews::ConnectionChanged { .. });
        let events = self.watch(actor, VehicleFilter::default(), id, is_wanted);
        if let Some(id) = id {
            self.presence.check(actor, id).await?;
        }
        let changes = events.filter_map(|event| {
            ready(match event {
                Ok(VehicleEvent::ConnectionChanged(change)) => Some(Ok(change)),
                Ok(_) => None,
                Err(lost) => Some(Err(lost)),
            })
        });
        Ok(changes.boxed())
    }

    fn watch(
        &self,
        actor: &Actor,
        filter: VehicleFilter,
        vehicle: Option<VehicleId>,
        wants: fn(&VehicleNews) -> bool,
    ) -> BoxStream<'static, Result<VehicleEvent, NewsLost>> {
        let selection = Selection::new(Arc::clone(&actor.scope), Arc::new(filter));
        let live = Arc::clone(&self.presence.live);
        let watch = live.watch_vehicles(Arc::clone(selection.asked()), vehicle, wants);
        let reader = Reader {
            live,
            watch,
            rights: actor.changes.clone(),
            selection,
            earlier: None,
            waiting: VecDeque::new(),
        };
        stream::unfold(reader, |mut reader| async move {
            Some((reader.next().await?, reader))
        })
        .boxed()
    }
}

struct Reader {
    live: Arc<Live>,
    watch: VehicleWatch,
    rights: RightsWatch,
    selection: Selection,
    /// What was selected before rights changed, until the difference has been told.
    earlier: Option<Earlier>,
    /// Events that have not been handed on yet.
    waiting: VecDeque<VehicleEvent>,
}

/// Selections whose difference to the present one is still to be told.
struct Earlier {
    selections: Vec<Selection>,
    /// When to begin: a vehicle that was deleted is to be told as deleted.
    since: Instant,
    /// From which place in the live core on.
    place: Place,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<VehicleEvent, NewsLost>> {
        loop {
            // Rights come first, also for a client that always finds something to read.
            while let Some(identity) = self.rights.changed().now_or_never() {
                if !self.change_scope(identity?.scope.clone()) {
                    return Some(Err(NewsLost));
                }
            }
            if let Some(event) = self.waiting.pop_front() {
                return Some(Ok(event));
            }
            let since = self.earlier.as_ref().map(|earlier| earlier.since);
            // All are cancel-safe.
            tokio::select! {
                biased;
                identity = self.rights.changed() => {
                    if !self.change_scope(identity?.scope.clone()) {
                        return Some(Err(NewsLost));
                    }
                }
                () = sleep_until(since.unwrap_or_else(Instant::now)), if since.is_some() => {
                    self.tell_difference();
                }
                news = self.watch.next() => match news? {
                    Ok(news) => self.accept(&news),
                    Err(lost) => return Some(Err(lost)),
                },
            }
        }
    }

    fn accept(&mut self, news: &VehicleNews) {
        let events = self.selection.events_of(news);
        if events.is_empty()
            && let VehicleNews::Changed { after: None, .. } = news
            && let Some(earlier) = &self.earlier
        {
            // A grant of a vehicle goes with the vehicle, and may have gone before the removal was read.
            let removed = earlier
                .selections
                .iter()
                .map(|selection| selection.events_of(news));
            self.waiting.extend(removed.flatten().take(1));
        }
        self.waiting.extend(events);
    }

    /// What may not be seen any more is not told from now on; what that changes in the selection is told a little later.
    /// Gives false when rights change faster than that.
    fn change_scope(&mut self, scope: Arc<AccessScope>) -> bool {
        let before = self.selection.clone();
        self.selection = before.within(scope);
        self.watch.change_scope(Arc::clone(self.selection.asked()));
        let selection = &self.selection;
        self.waiting.retain(|event| match event {
            VehicleEvent::Added(vehicle)
            | VehicleEvent::Updated(vehicle)
            | VehicleEvent::StatusChanged(_, vehicle)
            | VehicleEvent::ConnectionChanged(ConnectionChange { vehicle, .. })
            | VehicleEvent::ErrorRaised { vehicle, .. } => selection.has(vehicle.whole()),
            VehicleEvent::Removed(..) => true,
        });
        let mut selections = self
            .earlier
            .take()
            .map_or_else(Vec::new, |earlier| earlier.selections);
        selections.push(before);
        let is_in_time = selections.len() <= MAX_CHANGES_OF_RIGHTS;
        self.earlier = Some(Earlier {
            selections,
            since: Instant::now() + UNTIL_THE_LOG_IS_READ,
            place: Place::START,
        });
        is_in_time
    }

    /// Compares some more vehicles with what was selected before: those that were lost are removed, those that were
    /// gained are added. Where several changes of rights follow one another, a vehicle may be told of twice.
    fn tell_difference(&mut self) {
        let Some(mut earlier) = self.earlier.take() else {
            return;
        };
        let (vehicles, next) = self
            .live
            .read(|core, _| core.some_vehicles(earlier.place, AT_ONCE));
        for vehicle in &vehicles {
            self.waiting.extend(self.difference(&earlier.selections, vehicle));
        }
        if let Some(place) = next {
            earlier.place = place;
            self.earlier = Some(earlier);
        }
    }

    fn difference(&self, earlier: &[Selection], vehicle: &Arc<Vehicle>) -> Option<VehicleEvent> {
        let had = |selection: &Selection| selection.has(vehicle);
        match self.selection.has(vehicle) {
            true if !earlier.iter().all(had) => Some(VehicleEvent::Added(self.selection.seen(vehicle))),
            false if earlier.iter().any(had) => {
                Some(VehicleEvent::Removed(vehicle.id, RemovalReason::OutOfScope))
            }
            _ => None,
        }
    }
}
