use std::sync::Arc;

use domain::{VehicleId, vehicle::Vehicle};
use futures::{
    StreamExt as _,
    future::ready,
    stream::{self, BoxStream},
};

use super::presence::Presence;
use crate::{
    Actor,
    error::Result,
    identity::RightsWatch,
    live::{Live, NewsLost, RegistryWatch},
    ports::VehicleRepository,
    registry::{RegistryNews, StatusChange},
};

/// News of the registry, each once and in order; ends after it has told that news were lost.
pub type News<T> = BoxStream<'static, Result<T, NewsLost>>;

/// Tells what happens in the registry from now on, whichever server it is done on.
pub struct WatchRegistry {
    presence: Presence,
}

impl WatchRegistry {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>) -> Self {
        Self {
            presence: Presence { live, repository },
        }
    }

    /// Each vehicle that is registered.
    #[must_use]
    pub fn added(&self, actor: &Actor) -> News<Vehicle> {
        let watch = self.presence.live.watch_registry(actor.scope.clone(), None);
        chosen(watch, actor.changes.clone(), |news| match news {
            RegistryNews::Added(vehicle) => Some((**vehicle).clone()),
            _ => None,
        })
    }

    /// The removal of one vehicle, after which nothing follows.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a vehicle that is not there; [`crate::Error::Unavailable`] when only
    /// the registry could tell whether it is, and is away.
    pub async fn removed(&self, actor: &Actor, id: VehicleId) -> Result<News<VehicleId>> {
        let watch = self.presence.live.watch_registry(actor.scope.clone(), Some(id));
        self.presence.check(actor, id).await?;
        let removals = chosen(watch, actor.changes.clone(), |news| match news {
            RegistryNews::Removed(id) => Some(*id),
            _ => None,
        });
        // An id does not come back.
        Ok(removals.take(1).boxed())
    }

    /// Each change of status, of one vehicle or of all: by a person, or by the robot's own word.
    ///
    /// # Errors
    /// As [`WatchRegistry::removed`].
    pub async fn status_changed(&self, actor: &Actor, id: Option<VehicleId>) -> Result<News<StatusChange>> {
        let watch = self.presence.live.watch_registry(actor.scope.clone(), id);
        if let Some(id) = id {
            self.presence.check(actor, id).await?;
        }
        Ok(chosen(watch, actor.changes.clone(), |news| match news {
            RegistryNews::StatusChanged(change) => Some(*change),
            _ => None,
        }))
    }
}

/// Those news that somebody wants, as long as its session lasts, and always those that it may hear of by then.
fn chosen<T: Send + 'static>(
    watch: RegistryWatch,
    rights: RightsWatch,
    choose: impl Fn(&RegistryNews) -> Option<T> + Send + 'static,
) -> News<T> {
    stream::unfold((watch, rights), |(mut watch, mut rights)| async move {
        loop {
            // Both are cancel-safe. Rights come first: nothing is told that may not be told any more.
            tokio::select! {
                biased;
                identity = rights.changed() => watch.change_scope(identity?.scope.clone()),
                news = watch.next() => return Some((news?, (watch, rights))),
            }
        }
    })
    .filter_map(move |news| ready(news.map(|news| choose(&news)).transpose()))
    .boxed()
}
