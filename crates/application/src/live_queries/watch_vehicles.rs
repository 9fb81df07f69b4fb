use std::{collections::VecDeque, sync::Arc};

use ::live::VehicleIndex;
use domain::{AccessScope, VehicleId, vehicle::Vehicle};
use futures::{
    FutureExt as _, StreamExt as _,
    future::ready,
    stream::{self, BoxStream},
};
use tokio::{
    task::yield_now,
    time::{Instant, sleep_until},
};

use super::{
    LiveQueries,
    known_vehicles::KnownVehicles,
    selection::Selection,
    transition::{Step, Transition},
    vehicle_event::{ConnectionChange, RemovalReason, VehicleEvent},
    watch_registry::News,
};
use crate::{
    Actor,
    error::Result,
    identity::RightsWatch,
    live::{IndexedNews, NewsLost, VehicleNews, VehicleWatch},
    ports::VehicleFilter,
};

impl LiveQueries {
    /// Streams all events about the vehicles that match a filter, including those caused by other servers. A vehicle
    /// that newly matches the filter is added, and one that no longer matches is removed.
    #[must_use]
    pub fn watch_events(
        &self,
        actor: &Actor,
        rights: &RightsWatch,
        filter: VehicleFilter,
    ) -> News<VehicleEvent> {
        let known = KnownVehicles::of(Selection::new(Arc::clone(&actor.scope), Arc::new(filter.clone())));
        self.watch_vehicles((actor, rights), filter, None, |_| true, Some(known))
    }

    /// Streams the connection changes of one vehicle or of all. The stream of one vehicle ends with its deletion.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::Unavailable`] if the live core lacks the vehicle and the registry is unavailable.
    pub async fn watch_connections(
        &self,
        actor: &Actor,
        rights: &RightsWatch,
        id: Option<VehicleId>,
    ) -> Result<News<ConnectionChange>> {
        let is_wanted = |news: &VehicleNews| {
            matches!(
                news,
                VehicleNews::ConnectionChanged { .. } | VehicleNews::Changed { after: None, .. }
            )
        };
        // The watch starts before the check, so a deletion or a change between the two is not missed.
        let deletion = id.map(|id| self.presence.deletion_in_order(id));
        let events = self.watch_vehicles((actor, rights), VehicleFilter::default(), id, is_wanted, None);
        if let Some(id) = id {
            self.presence.check(actor, id).await?;
        }
        let is_over = move |event: &Result<VehicleEvent, NewsLost>| {
            id.is_some() && matches!(event, Ok(VehicleEvent::Removed(_, RemovalReason::Deleted)))
        };
        let events = events.take_while(move |event| ready(!is_over(event)));
        let changes = events.filter_map(|event| {
            ready(match event {
                Ok(VehicleEvent::ConnectionChanged(change)) => Some(Ok(change)),
                Ok(_) => None,
                Err(lost) => Some(Err(lost)),
            })
        });
        Ok(match deletion {
            Some(deletion) => changes.take_until(deletion.passed()).boxed(),
            None => changes.boxed(),
        })
    }

    fn watch_vehicles(
        &self,
        (actor, rights): (&Actor, &RightsWatch),
        filter: VehicleFilter,
        vehicle: Option<VehicleId>,
        wants: fn(&VehicleNews) -> bool,
        known: Option<KnownVehicles>,
    ) -> BoxStream<'static, Result<VehicleEvent, NewsLost>> {
        let selection = Selection::new(Arc::clone(&actor.scope), Arc::new(filter));
        let watch = self
            .presence
            .live
            .watch_vehicles(Arc::clone(selection.asked()), vehicle, wants);
        let reader = Reader {
            watch,
            rights: rights.clone(),
            watched_scope: Arc::clone(selection.asked()),
            older: VecDeque::new(),
            selection,
            known,
            transition: None,
            observed: 0,
            waiting: VecDeque::new(),
        };
        stream::unfold(reader, |mut reader| async move {
            Some((reader.next().await?, reader))
        })
        .boxed()
    }
}

struct Reader {
    watch: VehicleWatch,
    rights: RightsWatch,
    /// The scope of the watch. During a transition, it is wider than that of the selection, so the deletion of a
    /// vehicle that is no longer visible is still received.
    watched_scope: Arc<AccessScope>,
    /// Earlier, narrower scopes of the watch, oldest first, each with the number of unread news items that were queued
    /// under it.
    older: VecDeque<(usize, Arc<AccessScope>)>,
    selection: Selection,
    /// The vehicles that the client knows; `None` for a client that keeps no list.
    known: Option<KnownVehicles>,
    /// The transition from earlier rights to the current ones, until it is complete.
    transition: Option<Transition>,
    /// Number of requested observations that have not been read yet.
    observed: usize,
    /// Events that have not been returned yet, with the indices of their vehicles.
    waiting: VecDeque<(VehicleIndex, VehicleEvent)>,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<VehicleEvent, NewsLost>> {
        loop {
            // Changes of rights are applied first, even if there is always something to read.
            while let Some(identity) = self.rights.changed().now_or_never() {
                if !self.change_scope(&identity?.scope) {
                    return Some(Err(NewsLost));
                }
            }
            if let Some((_, event)) = self.waiting.pop_front() {
                return Some(Ok(event));
            }
            // The next step waits until the results of the previous one are read, so the queue stays short.
            let due = match (&self.transition, self.observed) {
                (Some(transition), 0) => Some(transition.due()),
                _ => None,
            };
            if due.is_some_and(|due| due <= Instant::now()) {
                self.take_step();
                yield_now().await;
                continue;
            }
            // All branches are cancel-safe.
            tokio::select! {
                biased;
                identity = self.rights.changed() => {
                    if !self.change_scope(&identity?.scope) {
                        return Some(Err(NewsLost));
                    }
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                news = self.watch.next() => match news? {
                    Ok(news) => self.accept(&news),
                    Err(lost) => return Some(Err(lost)),
                },
            }
        }
    }

    fn accept(&mut self, IndexedNews { index, news }: &IndexedNews) {
        let index = *index;
        let Some(known) = &mut self.known else {
            let events = self.selection.events_of(news, self.selection.had(news));
            self.waiting
                .extend(events.into_iter().map(|event| (index, event)));
            return;
        };
        let is_known = known.has(index, |selection| selection.had(news));
        let mut stays = self.selection.has_after(news);
        let mut events = self.selection.events_of(news, is_known);
        match news {
            // The vehicle left the scope that the watch had at that time, so later news about it was not received. If
            // it still exists, an observation will follow.
            VehicleNews::Changed {
                after: Some(after), ..
            } if stays && !is_followed(&self.older, after) => {
                stays = false;
                events.clear();
                if is_known {
                    events.push(VehicleEvent::Removed(after.id, RemovalReason::OutOfScope));
                }
            }
            VehicleNews::Observed { vehicle } => {
                self.observed = self.observed.saturating_sub(1);
                if let Some(transition) = &self.transition
                    && is_known
                {
                    if stays && transition.changes_groups(vehicle, self.selection.scope()) {
                        events.push(VehicleEvent::Updated(self.selection.seen(vehicle)));
                    } else if !stays && transition.removes() {
                        events.push(VehicleEvent::Removed(vehicle.id, RemovalReason::OutOfScope));
                    } else {
                        stays = true;
                    }
                }
            }
            // If the client knows the vehicle although it may no longer see it, the transition will remove it.
            VehicleNews::ConnectionChanged { .. } | VehicleNews::ErrorRaised { .. } => stays |= is_known,
            VehicleNews::Changed { .. } | VehicleNews::StatusReported { .. } => {}
        }
        // The news that was just read belongs to the oldest scope that still has news.
        if let Some((left, _)) = self.older.front_mut() {
            *left -= 1;
            if *left == 0 {
                self.older.pop_front();
            }
        }
        known.set(index, stays);
        self.waiting
            .extend(events.into_iter().map(|event| (index, event)));
    }

    /// Changes the scope. Waiting events outside it are dropped, and a transition adds and removes vehicles step by
    /// step. Returns `false` if rights change faster than a transition can complete.
    fn change_scope(&mut self, scope: &Arc<AccessScope>) -> bool {
        if scope == self.selection.scope() {
            return true;
        }
        let before = self.selection.clone();
        self.selection = before.within(Arc::clone(scope));
        let selection = &self.selection;
        let Some(known) = &mut self.known else {
            self.watch.change_scope(Arc::clone(selection.asked()));
            self.waiting
                .retain_mut(|(_, event)| may_be_sent(event, selection));
            return true;
        };
        self.waiting.retain_mut(|(index, event)| {
            // The client is not notified of an addition that is dropped, so it does not know the vehicle.
            let is_kept = may_be_sent(event, selection);
            if !is_kept && matches!(event, VehicleEvent::Added(_)) {
                known.set(*index, false);
            }
            is_kept
        });
        let wider = Arc::new(self.watched_scope.joined_with(selection.asked()));
        let waiting = self.watch.exchange_scope(&wider);
        let counted: usize = self.older.iter().map(|(left, _)| left).sum();
        // News that was queued since the last change of the scope follows all earlier news.
        if waiting > counted {
            self.older
                .push_back((waiting - counted, Arc::clone(&self.watched_scope)));
        }
        self.watched_scope = wider;
        let transition = Transition::further(self.transition.take(), &before);
        let is_in_time = transition.is_some();
        self.transition = transition;
        is_in_time
    }

    /// Requests observations of the next vehicles that the change of rights may concern.
    fn take_step(&mut self) {
        let (Some(transition), Some(known)) = (&mut self.transition, &mut self.known) else {
            return;
        };
        let selection = &self.selection;
        let is_known = |index, vehicle: &_| known.has(index, |selection| selection.has(vehicle));
        match transition.step() {
            Step::Compare(place) => {
                let (observed, next) = self.watch.observe(place, Transition::AT_ONCE, |index, vehicle| {
                    selection.has(vehicle) || is_known(index, vehicle)
                });
                self.observed = observed;
                transition.compared_until(next);
            }
            Step::Remove(place) => {
                let (observed, next) = self.watch.observe(place, Transition::AT_ONCE, |index, vehicle| {
                    !selection.has(vehicle) && is_known(index, vehicle)
                });
                self.observed = observed;
                transition.removed_until(next);
            }
            Step::Wait => transition.waited(),
            Step::End => {
                known.all_were_seen();
                self.watched_scope = Arc::clone(selection.asked());
                self.watch.change_scope(Arc::clone(&self.watched_scope));
                self.transition = None;
            }
        }
    }
}

/// Returns `true` if the watch received further news about a vehicle after the news that is being read.
fn is_followed(older: &VecDeque<(usize, Arc<AccessScope>)>, after: &Vehicle) -> bool {
    older.front().is_none_or(|(_, scope)| scope.shows(after))
}

/// Restricts the vehicle in a waiting event to the current scope. Returns `true` if the event may still be returned.
fn may_be_sent(event: &mut VehicleEvent, selection: &Selection) -> bool {
    let Some(vehicle) = event.shown_mut() else {
        return true;
    };
    vehicle.look_within(selection.scope());
    selection.has(vehicle.whole())
}
