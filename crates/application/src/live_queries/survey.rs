use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ::live::Selection;
use domain::{
    GroupId, VehicleId, Violations,
    telemetry::{ConnectionStatus, MapId, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::{VehicleStatus, VehicleType},
};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use validator::{Validate, ValidationError};

use super::LiveQueries;
use crate::{
    Actor,
    error::Result,
    fairness::account,
    live::CurrentState,
    observation::{Observation, Observer, Subject},
    validation::{self, fault_of_whole},
};

/// Filter for the vehicles of a survey. A field that is `None` matches every vehicle.
#[derive(Debug, Clone, Default, Validate)]
#[validate(schema(function = has_few_ids))]
pub struct SurveyFilter {
    pub ids: Option<BTreeSet<VehicleId>>,
    pub group: Option<GroupId>,
    pub kind: Option<VehicleType>,
    pub map: Option<MapId>,
}

impl SurveyFilter {
    /// Checks the filter, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violation of `ids` if there are too many.
    pub fn check(&self) -> Result<(), Violations> {
        validation::check(self)
    }
}

/// Part of the current state of a vehicle: its position or its runtime state.
pub trait Aspect: Clone + Send + 'static {
    /// Extracts the part from an observation.
    fn of(observation: Observation) -> Option<Self>;

    /// Returns `true` if the current state in the live core contains the part.
    fn is_known(present: &CurrentState) -> bool;

    /// Returns the robot's timestamp of the part.
    fn timestamp(&self) -> Timestamp;
}

impl Aspect for VehiclePosition {
    fn of(observation: Observation) -> Option<Self> {
        observation.position
    }

    fn is_known(present: &CurrentState) -> bool {
        present.position.is_some()
    }

    fn timestamp(&self) -> Timestamp {
        self.timestamp
    }
}

impl Aspect for VehicleRuntimeState {
    fn of(observation: Observation) -> Option<Self> {
        observation.state
    }

    fn is_known(present: &CurrentState) -> bool {
        present.state.is_some()
    }

    fn timestamp(&self) -> Timestamp {
        self.last_update_time
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sighting<T> {
    pub vehicle_id: VehicleId,
    /// The vehicle's position or runtime state.
    pub content: T,
    pub status: VehicleStatus,
    pub connection: ConnectionStatus,
    /// Age of the content in milliseconds, by its timestamp. If the timestamp is more than a day off, the time since
    /// this server received the newest message; `None` if it has received none.
    pub age_ms: Option<u64>,
}

/// The positions or states of many vehicles, ordered by vehicle id and delivered in portions.
pub struct Survey<T> {
    /// The vehicles with the requested content, in portions.
    pub portions: BoxStream<'static, Vec<Sighting<T>>>,
    /// Whether content may be missing, because a store that might contain it could not be read. The value is final
    /// after the last portion.
    pub is_incomplete: Arc<AtomicBool>,
}

/// Maximum number of ids in a [`SurveyFilter`].
pub const MAX_SURVEY_IDS: usize = 1000;

/// Maximum number of vehicles in a survey.
const MAX_VEHICLES: usize = 10_000;

/// Maximum number of vehicles in a portion. Each portion is charged as one request.
const PORTION: usize = 500;

impl LiveQueries {
    /// Returns the positions or states of many vehicles, from the live core or else from the live keys, which are read
    /// in one round trip per portion. The survey contains the vehicles that exist for the caller, match the filter and
    /// have the requested content.
    ///
    /// # Errors
    /// Returns [`crate::Error::Invalid`] if the filter contains too many ids, or too many vehicles match.
    pub async fn survey<T: Aspect>(&self, actor: &Actor, filter: SurveyFilter) -> Result<Survey<T>> {
        filter.check()?;
        let is_incomplete = Arc::new(AtomicBool::new(false));
        if let Some(ids) = &filter.ids {
            self.learn(actor, ids, &is_incomplete).await;
        }
        let subjects = self.subjects(actor, &filter);
        if subjects.len() > MAX_VEHICLES {
            return Err(too_many(subjects.len()).into());
        }
        let more_portions = subjects.len().saturating_sub(1) / PORTION;
        account::charge_calls(u32::try_from(more_portions).unwrap_or(u32::MAX));
        let portions: Vec<Vec<Subject>> = subjects.chunks(PORTION).map(<[_]>::to_vec).collect();
        let looking = Looking {
            observer: self.observer.clone(),
            map: filter.map,
            is_incomplete: Arc::clone(&is_incomplete),
        };
        Ok(Survey {
            portions: stream::unfold(
                (looking, portions.into_iter()),
                |(looking, mut portions)| async move {
                    let sightings = looking.look(&portions.next()?).await;
                    Some((sightings, (looking, portions)))
                },
            )
            .fuse()
            .boxed(),
            is_incomplete,
        })
    }

    /// Looks up, in the registry, the ids that the live core does not contain, such as those of vehicles that another
    /// server has just registered.
    async fn learn(&self, actor: &Actor, ids: &BTreeSet<VehicleId>, is_incomplete: &AtomicBool) {
        let ids: Vec<_> = ids.iter().copied().collect();
        let unknown = self.presence.live.unknown_of(&ids);
        if unknown.is_empty() {
            return;
        }
        match self.presence.repository.find_by_ids(&actor.scope, &unknown).await {
            Ok(found) => found
                .iter()
                .for_each(|vehicle| self.presence.live.upsert(vehicle)),
            Err(error) => {
                tracing::warn!(
                    error = error.chain(),
                    "could not look up unknown vehicles in the registry"
                );
                is_incomplete.store(true, Ordering::Relaxed);
            }
        }
    }

    fn subjects(&self, actor: &Actor, filter: &SurveyFilter) -> Vec<Subject> {
        let selection = Selection {
            scope: &actor.scope,
            group: filter.group,
            kind: filter.kind,
            map: filter.map.as_ref(),
        };
        let mut selected = match &filter.ids {
            Some(ids) => {
                let ids: Vec<_> = ids.iter().copied().collect();
                self.presence.live.select_of(&ids, &selection)
            }
            None => self.presence.live.select(&selection),
        };
        selected.sort_unstable_by_key(|(id, _)| *id);
        let subject = |(id, is_enabled)| Subject { id, is_enabled };
        selected.into_iter().map(subject).collect()
    }
}

fn has_few_ids(filter: &SurveyFilter) -> Result<(), ValidationError> {
    let most = MAX_SURVEY_IDS;
    match &filter.ids {
        Some(ids) if ids.len() > most => Err(fault_of_whole(
            "ids",
            format!("must have at most {most} elements"),
        )),
        _ => Ok(()),
    }
}

fn too_many(vehicles: usize) -> Violations {
    let most = MAX_VEHICLES;
    Violations::of(
        "query",
        format!(
            "matches {vehicles} vehicles, but may match at most {most}: narrow it with ids, groupId, type or mapId"
        ),
    )
}

struct Looking {
    observer: Observer,
    map: Option<MapId>,
    is_incomplete: Arc<AtomicBool>,
}

impl Looking {
    async fn look<T: Aspect>(&self, subjects: &[Subject]) -> Vec<Sighting<T>> {
        // The live keys of a disabled vehicle are not kept up to date. The keys of an enabled vehicle may have content
        // that this server has not received.
        let is_enough = |subject: Subject, present: Option<&CurrentState>| {
            let is_known = |present: &CurrentState| {
                T::is_known(present) && (self.map.is_none() || present.position.is_some())
            };
            !subject.is_enabled
                || present.is_some_and(|present| is_known(present) && present.connection.is_some())
        };
        let observed = self.observer.observe(subjects, is_enough).await;
        let now = self.observer.now();
        observed
            .filter_map(|(id, observation)| self.sighting(id, observation, now))
            .collect()
    }

    fn sighting<T: Aspect>(
        &self,
        vehicle_id: VehicleId,
        observation: Observation,
        now: Timestamp,
    ) -> Option<Sighting<T>> {
        if observation.is_incomplete {
            self.is_incomplete.store(true, Ordering::Relaxed);
        }
        if let Some(map) = &self.map
            && observation.position.as_ref()?.map_id.as_ref() != Some(map)
        {
            return None;
        }
        let (status, connection) = (observation.status?, observation.connection);
        let received_at = observation.received_at;
        let content = T::of(observation)?;
        let reported_at = Some(content.timestamp()).filter(|time| time.is_of_calendar(now));
        let age_ms = reported_at
            .or(received_at)
            .map(|time| now.ms_since(time).max(0).unsigned_abs());
        Some(Sighting {
            vehicle_id,
            content,
            status,
            connection,
            age_ms,
        })
    }
}
