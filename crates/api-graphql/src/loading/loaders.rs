//! The loaders of this API.

use std::sync::Arc;

use application::{
    Actor, Application,
    health::VehicleBridge,
    live_queries::{Observation, Subject},
    nodes::Node,
};
use domain::{Group, GroupId, VehicleId};
use futures::future::try_join_all;
use uuid::Uuid;

use super::{loader::Loader, stall::Queue};
use crate::problem::Problem;

/// Treatment of data that is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// The field is null, with an error that states the reason.
    Strict,
    /// The field is null or empty, without an error. Used for events, because an error in any field would replace the
    /// whole event with null.
    Lenient,
}

/// Loaders of objects by id, and of additional data of vehicles, which must be visible to the caller.
pub(crate) struct Loaders {
    manner: Manner,
    observations: Loader<Subject, Observation>,
    bridges: Loader<VehicleId, VehicleBridge>,
    groups: Arc<Loader<GroupId, Group>>,
    nodes: Loader<Uuid, Node>,
}

impl Loaders {
    pub(crate) fn new(
        app: &Arc<Application>,
        actor: &Arc<Actor>,
        request_id: &Arc<str>,
        queue: &Arc<Queue>,
        manner: Manner,
    ) -> Self {
        let shared = (Arc::clone(app), Arc::clone(actor), Arc::clone(request_id));
        let (observer, of_bridges) = (Arc::clone(app), Arc::clone(app));
        let (of_groups, of_nodes) = (shared.clone(), shared);
        let observe = move |subjects: Vec<Subject>| {
            let app = Arc::clone(&observer);
            async move {
                let seen = match manner {
                    Manner::Strict => app.live_queries.observe(&subjects).await,
                    Manner::Lenient => app.live_queries.observe_for_event(&subjects).await,
                };
                let of = |subject: Subject| Some((subject, seen.get(&subject.id)?.clone()));
                Ok(subjects.into_iter().filter_map(of).collect())
            }
        };
        let get_bridges = move |ids: Vec<VehicleId>| {
            let app = Arc::clone(&of_bridges);
            async move { Ok(app.mapping.bridges_of(&ids).await) }
        };
        let get_groups = move |ids: Vec<GroupId>| {
            let (app, actor, request_id) = of_groups.clone();
            async move {
                match app.groups.get_several(&actor, &ids).await {
                    Ok(groups) => Ok(groups.into_iter().map(|group| (group.id, group)).collect()),
                    Err(error) => Err(Problem::of(error, &request_id)),
                }
            }
        };
        let get_nodes = move |ids: Vec<Uuid>| {
            let (app, actor, request_id) = of_nodes.clone();
            async move {
                let found = app.nodes.get(&actor, &ids).await;
                found.map_err(|error| Problem::of(error, &request_id))
            }
        };
        Self {
            manner,
            nodes: Loader::new("nodes", Arc::clone(queue), get_nodes),
            observations: Loader::new("live data", Arc::clone(queue), observe),
            bridges: Loader::new("bridges", Arc::clone(queue), get_bridges),
            groups: Arc::new(Loader::new("groups", Arc::clone(queue), get_groups)),
        }
    }

    pub(crate) fn groups_loader(&self) -> Arc<Loader<GroupId, Group>> {
        Arc::clone(&self.groups)
    }

    /// Replaces the loader of groups with one whose cache may already be filled.
    pub(crate) fn with_groups(self, groups: Arc<Loader<GroupId, Group>>) -> Self {
        Self { groups, ..self }
    }

    pub(crate) async fn observation(&self, subject: Subject) -> Result<Option<Observation>, Problem> {
        self.observations.load(subject).await
    }

    /// Returns the bridge of a vehicle; `None` if it has none.
    pub(crate) async fn bridge(&self, vehicle: VehicleId) -> Result<Option<VehicleBridge>, Problem> {
        self.bridges.load(vehicle).await
    }

    /// Returns a part of a vehicle's live data; `None` if there is none.
    ///
    /// # Errors
    /// Returns [`Code::Unavailable`](crate::problem::Code::Unavailable) if the part is missing and the data could not
    /// be read completely, unless the loaders are lenient.
    pub(crate) async fn observed<T>(
        &self,
        subject: Subject,
        part: impl FnOnce(&Observation) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(observation) = self.observation(subject).await? else {
            return Ok(None);
        };
        match part(&observation) {
            None if observation.is_incomplete && self.manner == Manner::Strict => {
                Err(Problem::unavailable("Redis is unavailable"))
            }
            part => Ok(part),
        }
    }

    /// Returns the object with this id; `None` if it does not exist or is not visible to the caller.
    pub(crate) async fn node(&self, id: Uuid) -> Result<Option<Node>, Problem> {
        self.nodes.load(id).await
    }

    /// Returns the groups with these ids, in this order. Groups that no longer exist, or that are not visible to the
    /// caller, are omitted. Lenient loaders return no groups if loading fails.
    pub(crate) async fn groups(&self, ids: &[GroupId]) -> Result<Vec<Group>, Problem> {
        match try_join_all(ids.iter().map(|&id| self.groups.load(id))).await {
            Ok(found) => Ok(found.into_iter().flatten().collect()),
            Err(_) if self.manner == Manner::Lenient => Ok(Vec::new()),
            Err(problem) => Err(problem),
        }
    }
}
