//! What this API loads for many fields at once.

use std::sync::Arc;

use application::{
    Actor, Application,
    live_queries::{Observation, Subject},
    nodes::Node,
};
use domain::{Group, GroupId};
use futures::future::try_join_all;
use uuid::Uuid;

use super::{loader::Loader, stall::Queue};
use crate::problem::Problem;

/// What to do about what can't be told now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It is null, and an error says why.
    Strict,
    /// It is left out. For events: an error anywhere in an event would take all of it away.
    Lenient,
}

/// Loads more about vehicles that a caller has been shown, for as long as that view of them may last.
pub(crate) struct Loaders {
    manner: Manner,
    observations: Loader<Subject, Observation>,
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
        let (observer, of_groups, of_nodes) = (Arc::clone(app), shared.clone(), shared);
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
            nodes: Loader::new(Arc::clone(queue), get_nodes),
            observations: Loader::new(Arc::clone(queue), observe),
            groups: Arc::new(Loader::new(Arc::clone(queue), get_groups)),
        }
    }

    /// What loads the groups, to be shared with other loaders.
    pub(crate) fn groups_loader(&self) -> Arc<Loader<GroupId, Group>> {
        Arc::clone(&self.groups)
    }

    /// The same with groups that may have been loaded before.
    pub(crate) fn with_groups(self, groups: Arc<Loader<GroupId, Group>>) -> Self {
        Self { groups, ..self }
    }

    /// What is known of a vehicle's present.
    pub(crate) async fn observation(&self, subject: Subject) -> Result<Option<Observation>, Problem> {
        self.observations.load(subject).await
    }

    /// A part of a vehicle's present; nothing when there is none, a problem when that can't be told now.
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
                Err(Problem::unavailable("redis is unavailable"))
            }
            part => Ok(part),
        }
    }

    /// The thing of this id, if there is one for the caller.
    pub(crate) async fn node(&self, id: Uuid) -> Result<Option<Node>, Problem> {
        self.nodes.load(id).await
    }

    /// The groups of these ids, in their order; who was deleted meanwhile is left out.
    pub(crate) async fn groups(&self, ids: &[GroupId]) -> Result<Vec<Group>, Problem> {
        match try_join_all(ids.iter().map(|&id| self.groups.load(id))).await {
            Ok(found) => Ok(found.into_iter().flatten().collect()),
            Err(_) if self.manner == Manner::Lenient => Ok(Vec::new()),
            Err(problem) => Err(problem),
        }
    }
}
