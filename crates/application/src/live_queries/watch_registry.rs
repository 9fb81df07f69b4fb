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

/// News of the registry, each once and in order; ends after it has told that news were lost.
pub type News<T> = BoxStream<'static, Result<T, NewsLost>>;

impl LiveQueries {
    /// Streams each vehicle that is registered from now on, on any server.
    #[must_use]
    pub fn watch_added(&self, actor: &Actor, rights: &RightsWatch) -> News<Vehicle> {
        let watch = self.presence.live.watch_registry(actor.scope.clone(), None);
        chosen(watch, rights.clone(), Duration::ZERO, |news| match news {
            RegistryNews::Added(vehicle) => Some((**vehicle).clone()),
            _ => None,
        })
    }

    /// Waits for the removal of one vehicle, after which nothing follows.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a vehicle that is not there; [`crate::Error::Unavailable`] when only
    /// the registry could tell whether it is, and is away.
    pub async fn watch_removed(
        &self,
        actor: &Actor,
        rights: &RightsWatch,
        id: VehicleId,
    ) -> Result<News<VehicleId>> {
        let watch = self.presence.live.watch_registry(actor.scope.clone(), Some(id));
        self.presence.check(actor, id).await?;
        let removals = chosen(watch, rights.clone(), UNTIL_THE_LOG_IS_READ, |news| match news {
            RegistryNews::Removed(id) => Some(*id),
            _ => None,
        });
        // An id does not come back.
        Ok(removals.take(1).boxed())
    }

    /// Streams each change of status, of one vehicle or of all: by a person, or by the robot's own word. That of one vehicle ends
    /// with its deletion.
    ///
    /// # Errors
    /// As [`LiveQueries::watch_removed`].
    pub async fn watch_statuses(
        &self,
        actor: &Actor,
        rights: &RightsWatch,
        id: Option<VehicleId>,
    ) -> Result<News<(StatusChange, SeenVehicle)>> {
        let deletion = id.map(|id| self.presence.deletion_in_order(id));
        let watch = self.presence.live.watch_registry(actor.scope.clone(), id);
        if let Some(id) = id {
            self.presence.check(actor, id).await?;
        }
        let live = Arc::clone(&self.presence.live);
        let (present, at_first) = (rights.clone(), Arc::clone(&actor.scope));
        let happened = deletion.clone();
        let changes = chosen(watch, rights.clone(), Duration::ZERO, move |news| match news {
            RegistryNews::StatusChanged(change) => {
                // A vehicle that has been deleted meanwhile has no status any more.
                let vehicle = live.vehicles(&[change.vehicle_id]).pop().flatten()?;
                let seen = SeenVehicle::new(vehicle, present.present_scope(&at_first));
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

/// News of statuses.
enum StatusNews {
    Changed(StatusChange, SeenVehicle),
    /// The only vehicle was deleted.
    Over,
}

/// Those news that somebody wants, as long as its session lasts, and always those that it may hear of by then; rights
/// that have changed count after so long.
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
    /// What it may hear of from then on.
    next: Option<(Instant, Arc<AccessScope>)>,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Arc<RegistryNews>, NewsLost>> {
        loop {
            let since = self.next.as_ref().map(|(since, _)| *since);
            // All are cancel-safe. Rights come first: nothing is told that may not be told any more.
            tokio::select! {
                biased;
                identity = self.rights.changed() => match self.patience {
                    Duration::ZERO => self.watch.change_scope(identity?.scope.clone()),
                    patience => {
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
