use std::{sync::Arc, time::Duration};

use domain::{AccessScope, VehicleId, vehicle::Vehicle};
use futures::{
    StreamExt as _,
    future::ready,
    stream::{self, BoxStream},
};

use tokio::time::{Instant, sleep_until};

use super::{
    LiveQueries,
    presence::{Deletion, UNTIL_THE_LOG_IS_READ},
    selection::SeenVehicle,
};
use crate::{
    Actor,
    error::Result,
    identity::RightsWatch,
    live::{NewsLost, RegistryWatch},
    registry::{RegistryNews, StatusChange},
};

/// Stream of news, in order and without duplicates. It ends after [`NewsLost`].
pub type News<T> = BoxStream<'static, Result<T, NewsLost>>;

impl LiveQueries {
    /// Streams the vehicles that are registered or restored from now on, on any server.
    #[must_use]
    pub fn watch_added(&self, actor: &Actor, rights: &RightsWatch) -> News<Vehicle> {
        let watch = self.presence.live.watch_registry(actor.scope.clone(), None);
        chosen(watch, rights.clone(), Duration::ZERO, |news| match news {
            RegistryNews::Added(vehicle) => Some((**vehicle).clone()),
            _ => None,
        })
    }

    /// Streams the deletion of one vehicle, and then ends.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist for the caller;
    /// [`crate::Error::Unavailable`] if the live core lacks the vehicle and the registry is unavailable.
    pub async fn watch_removed(
        &self,
        actor: &Actor,
        rights: &RightsWatch,
        id: VehicleId,
    ) -> Result<News<VehicleId>> {
        let deletion = self.presence.deletion_in_order(id);
        // The watch starts before the check, so a deletion between the two is not missed.
        let watch = self.presence.live.watch_registry(actor.scope.clone(), Some(id));
        self.presence.check(actor, id).await?;
        let removals = chosen(
            watch,
            rights.clone(),
            UNTIL_THE_LOG_IS_READ,
            move |news| match news {
                // The log may deliver an earlier deletion after the vehicle was restored.
                RegistryNews::Removed(id) if deletion.has_happened() => Some(*id),
                _ => None,
            },
        );
        // The stream ends even if the vehicle is restored later.
        Ok(removals.take(1).boxed())
    }

    /// Streams the status changes of one vehicle or of all, made by users or reported by robots. The stream of one
    /// vehicle ends with its deletion.
    ///
    /// # Errors
    /// Returns the errors of [`LiveQueries::watch_removed`] if `id` is given.
    pub async fn watch_statuses(
        &self,
        actor: &Actor,
        rights: &RightsWatch,
        id: Option<VehicleId>,
    ) -> Result<News<(StatusChange, SeenVehicle)>> {
        let deletion = id.map(|id| self.presence.deletion_in_order(id));
        // The watch starts before the check, so a deletion or a change between the two is not missed.
        let watch = self.presence.live.watch_registry(actor.scope.clone(), id);
        if let Some(id) = id {
            self.presence.check(actor, id).await?;
        }
        let live = Arc::clone(&self.presence.live);
        let (rights_now, at_first) = (rights.clone(), Arc::clone(&actor.scope));
        let happened = deletion.clone();
        let changes = chosen(watch, rights.clone(), Duration::ZERO, move |news| match news {
            RegistryNews::StatusChanged(change) => {
                // The vehicle may have been deleted in the meantime.
                let vehicle = live.vehicles(&[change.vehicle_id]).pop().flatten()?;
                let seen = SeenVehicle::new(vehicle, rights_now.current_scope(&at_first));
                Some(StatusNews::Changed(*change, seen))
            }
            RegistryNews::Removed(_) if happened.as_ref().is_some_and(Deletion::has_happened) => {
                Some(StatusNews::Over)
            }
            _ => None,
        })
        .scan((), |(), news| {
            ready(match news {
                Ok(StatusNews::Changed(change, vehicle)) => Some(Ok((change, vehicle))),
                Ok(StatusNews::Over) => None,
                Err(lost) => Some(Err(lost)),
            })
        });
        Ok(match deletion {
            Some(deletion) => changes.take_until(deletion.passed()).boxed(),
            None => changes.boxed(),
        })
    }
}

enum StatusNews {
    Changed(StatusChange, SeenVehicle),
    /// The watched vehicle was deleted.
    Over,
}

/// Streams the news for which `choose` returns a value, within the rights at the time of reading and until the session
/// ends. A change of rights takes effect after `patience`.
fn chosen<T: Send + 'static>(
    watch: RegistryWatch,
    rights: RightsWatch,
    patience: Duration,
    choose: impl Fn(&RegistryNews) -> Option<T> + Send + 'static,
) -> News<T> {
    let reader = Reader {
        watch,
        rights,
        patience,
        next: None,
    };
    stream::unfold(reader, |mut reader| async move {
        Some((reader.next().await?, reader))
    })
    .filter_map(move |news| ready(news.map(|news| choose(&news)).transpose()))
    .boxed()
}

struct Reader {
    watch: RegistryWatch,
    rights: RightsWatch,
    patience: Duration,
    /// The next scope of the watch, with the time at which it takes effect.
    next: Option<(Instant, Arc<AccessScope>)>,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Arc<RegistryNews>, NewsLost>> {
        loop {
            let since = self.next.as_ref().map(|(since, _)| *since);
            // All branches are cancel-safe. Changes of rights are polled first, so no news is returned that the client
            // may no longer see.
            tokio::select! {
                biased;
                identity = self.rights.changed() => match self.patience {
                    Duration::ZERO => self.watch.change_scope(identity?.scope.clone()),
                    patience => {
                        // A later change does not postpone an earlier one, because a revoked scope must not stay in
                        // force for longer.
                        let since = since.unwrap_or_else(|| Instant::now() + patience);
                        self.next = Some((since, identity?.scope.clone()));
                    }
                },
                () = sleep_until(since.unwrap_or_else(Instant::now)), if since.is_some() => {
                    if let Some((_, scope)) = self.next.take() {
                        self.watch.change_scope(scope);
                    }
                }
                news = self.watch.next() => return news,
            }
        }
    }
}
