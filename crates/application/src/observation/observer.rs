//! The observation of vehicles in the live core and the live keys.

use std::{collections::HashMap, sync::Arc};

use ::live::{believed, is_position_believed, is_state_believed};
use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, FreshnessRules, Timestamp, VehiclePosition, VehicleRuntimeState},
    vehicle::{SyncStatus, Vehicle, VehicleRedisMapping, VehicleStatus},
};

use super::{
    read_cache::{ReadCache, StoredData},
    recent_mismatches::RecentMismatches,
};
use crate::{
    error::Result,
    live::{CurrentState, Live},
    ports::{Clock, LiveKeys, Ports, PositionStore, StateStore},
};

/// A vehicle to observe, which must be visible to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject {
    pub id: VehicleId,
    /// Whether the vehicle is enabled. The live keys of a disabled vehicle are not kept up to date.
    pub is_enabled: bool,
}

impl From<&Vehicle> for Subject {
    fn from(vehicle: &Vehicle) -> Self {
        Self {
            id: vehicle.id,
            is_enabled: vehicle.is_enabled,
        }
    }
}

/// The known part of a vehicle's current state.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub position: Option<VehiclePosition>,
    pub state: Option<VehicleRuntimeState>,
    /// `None` for a vehicle that the live core no longer knows.
    pub status: Option<VehicleStatus>,
    /// Time at which this server received the newest message; `None` if it has received none.
    pub received_at: Option<Timestamp>,
    pub connection: ConnectionStatus,
    /// Mapping of the vehicle to its live keys; `None` for a disabled vehicle.
    pub mapping: Option<VehicleRedisMapping>,
    /// Whether data may be missing because the live keys could not be read.
    pub is_incomplete: bool,
}

/// Observes vehicles. Data that the live core does not have comes from the live keys, and is cached for a short time.
/// Cheap to clone; clones share the cache.
#[derive(Clone)]
pub(crate) struct Observer {
    live: Arc<Live>,
    keys: Arc<dyn LiveKeys>,
    positions: Arc<dyn PositionStore>,
    states: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    freshness: FreshnessRules,
    cache: Arc<ReadCache>,
    mismatches: Arc<RecentMismatches>,
}

impl Observer {
    pub(crate) fn new(ports: &Ports, live: Arc<Live>, freshness: FreshnessRules) -> Self {
        Self {
            live,
            keys: Arc::clone(&ports.keys),
            positions: Arc::clone(&ports.positions),
            states: Arc::clone(&ports.states),
            clock: Arc::clone(&ports.clock),
            freshness,
            cache: Arc::default(),
            mismatches: Arc::default(),
        }
    }

    pub(crate) const fn cache(&self) -> &Arc<ReadCache> {
        &self.cache
    }

    pub(crate) const fn mismatches(&self) -> &Arc<RecentMismatches> {
        &self.mismatches
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().wall()
    }

    /// Returns the position in a vehicle's live key; `None` if there is no plausible one.
    pub(crate) async fn stored_position(&self, id: VehicleId) -> Result<Option<VehiclePosition>> {
        if let Some(position) = self.cache.position(id) {
            return Ok(position);
        }
        let reading = self.cache.start_reading();
        let stored = self.positions.get_position(id).await?;
        let (rules, now) = self.live.judgement();
        let position = stored.filter(|position| is_position_believed(id, position, rules, now));
        self.cache.keep_position(&reading, id, position.clone());
        Ok(position)
    }

    /// Returns the state in a vehicle's live key; `None` if there is no plausible one.
    pub(crate) async fn stored_state(&self, id: VehicleId) -> Result<Option<VehicleRuntimeState>> {
        if let Some(state) = self.cache.state(id) {
            return Ok(state);
        }
        let reading = self.cache.start_reading();
        let stored = self.states.get_state(id).await?;
        let (rules, now) = self.live.judgement();
        let state = stored.filter(|state| is_state_believed(id, state, rules, now));
        self.cache.keep_state(&reading, id, state.clone());
        Ok(state)
    }

    /// Observes the subjects in the given order. Reads the live keys of subjects for which `is_enough` returns `false`,
    /// in one round trip.
    pub(crate) async fn observe(
        &self,
        subjects: &[Subject],
        is_enough: impl Fn(Subject, Option<&CurrentState>) -> bool,
    ) -> impl Iterator<Item = (VehicleId, Observation)> {
        let ids: Vec<_> = subjects.iter().map(|subject| subject.id).collect();
        let presents: Vec<_> = subjects
            .iter()
            .zip(self.live.current_states(&ids))
            .map(|(&subject, present)| (subject, is_enough(subject, present.as_ref()), present))
            .collect();
        let to_read: Vec<_> = presents
            .iter()
            .filter(|(_, is_enough, _)| !is_enough)
            .map(|(subject, ..)| subject.id)
            .collect();
        let read = self.read(&to_read).await;
        presents.into_iter().map(move |(subject, is_enough, present)| {
            let record = read.as_ref().map(|records| records.get(&subject.id)).ok();
            let observation = self.observation(subject, present, is_enough, record);
            (subject.id, observation)
        })
    }

    async fn read(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, StoredData>> {
        let (mut found, unknown) = self.cache.look_up(ids);
        if !unknown.is_empty() {
            let reading = self.cache.start_reading();
            let read = self.keys.read(&unknown).await;
            let records =
                read.inspect_err(|error| tracing::warn!(error = error.chain(), "could not read live keys"))?;
            let (rules, now) = self.live.judgement();
            let mut stored: HashMap<_, _> = records
                .into_iter()
                .map(|record| believed(record, rules, now))
                .map(|record| {
                    let (position, state) = (record.position, record.state);
                    (record.vehicle_id, StoredData { position, state })
                })
                .collect();
            for id in unknown {
                let stored = stored.remove(&id).unwrap_or_default();
                self.cache.keep_position(&reading, id, stored.position.clone());
                self.cache.keep_state(&reading, id, stored.state.clone());
                found.insert(id, stored);
            }
        }
        found.retain(|_, stored| stored.last_update().is_some());
        Ok(found)
    }

    /// Combines the current state with the content of the live keys. `record` is `None` if the keys could not be read,
    /// and `Some(None)` if they have no content.
    fn observation(
        &self,
        subject: Subject,
        present: Option<CurrentState>,
        is_enough: bool,
        record: Option<Option<&StoredData>>,
    ) -> Observation {
        let is_incomplete = record.is_none() && !is_enough;
        let status = present.as_ref().map(|present| present.status);
        let received_at = present.as_ref().and_then(|present| present.received_at);
        let record = record.flatten();
        let kept_at = record.and_then(StoredData::last_update);
        let (position, state, reported, written_at, known, last_rejection) = match present {
            Some(present) => (
                present.position,
                present.state,
                present.connection,
                present.keys_written_at,
                Some(present.sync_status),
                present.last_rejection,
            ),
            None => (None, None, None, None, None, None),
        };
        let connection = reported.unwrap_or_else(|| self.judged_by_age(kept_at));
        let sync_status = match known {
            _ if is_incomplete => SyncStatus::Error,
            // Another server or another program has written data that this server has not received.
            Some(SyncStatus::OutOfSync) | None if reported.is_none() && record.is_some() => {
                SyncStatus::Synced
            }
            Some(known) => known,
            None => SyncStatus::OutOfSync,
        };
        let mapping = subject.is_enabled.then(|| VehicleRedisMapping {
            vehicle_id: subject.id,
            redis_key: self.keys.key_of(subject.id),
            last_sync_time: written_at.or(kept_at),
            sync_status,
            connection_status: connection,
            last_rejection,
            last_mismatch: self.mismatches.of(subject.id),
        });
        Observation {
            position: position.or_else(|| record.and_then(|record| record.position.clone())),
            state: state.or_else(|| record.and_then(|record| record.state.clone())),
            status,
            received_at,
            connection,
            mapping,
            is_incomplete,
        }
    }

    /// Derives the connection status from the age of the live keys, for a vehicle from which this server has received
    /// no message.
    fn judged_by_age(&self, kept_at: Option<Timestamp>) -> ConnectionStatus {
        let Some(kept_at) = kept_at else {
            return ConnectionStatus::Disconnected;
        };
        let age_ms = self.clock.now().wall().ms_since(kept_at).max(0);
        let age = std::time::Duration::from_millis(age_ms.unsigned_abs());
        self.freshness.judge(age)
    }
}

/// Returns `true` if the live keys can't add anything to the current state.
pub(crate) fn is_complete(present: &CurrentState) -> bool {
    present.position.is_some() && present.state.is_some() && present.connection.is_some()
}
