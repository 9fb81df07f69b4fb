//! Live keys in memory: each vehicle's position and state, the set of active vehicles, and the geo index.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use application::{
    Result,
    ports::{
        BrokenParts, Differences, KeyDifference, KeyFault, KeyPart, LiveKeys, LiveRecord, OutdatedKeys,
        PositionStore, Roll, RollMember, RollPage, Series, SeriesTime, StateStore,
    },
};
use async_trait::async_trait;
use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};
use parking_lot::RwLock;

/// Positions, states, and the sets of vehicles that are active or in the geo index. Nothing expires, as there is at
/// most one entry per vehicle.
#[derive(Debug, Default)]
pub struct MemoryLiveStore {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    vehicles: HashMap<VehicleId, StoredKeys>,
    active: HashSet<VehicleId>,
    on_map: HashSet<VehicleId>,
}

impl Kept {
    fn roll(&mut self, roll: Roll) -> &mut HashSet<VehicleId> {
        match roll {
            Roll::Active => &mut self.active,
            Roll::Map => &mut self.on_map,
        }
    }
}

#[derive(Debug, Default)]
struct StoredKeys {
    position: Option<VehiclePosition>,
    state: Option<VehicleRuntimeState>,
    series: Series,
    expires_in: Duration,
}

/// Outcome of writing a position or a state.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Written,
    Older,
    /// The stored keys belong to a later series.
    Overtaken,
}

impl Fate {
    fn of(offered: SeriesTime, kept: Option<SeriesTime>) -> Self {
        match kept {
            Some(kept) if !offered.overwrites(kept) => {
                // If the sample would not overwrite even with the latest possible time, the stored series is later.
                let same_series = SeriesTime {
                    at: Timestamp::MAX,
                    ..offered
                };
                if same_series.overwrites(kept) {
                    Self::Older
                } else {
                    Self::Overtaken
                }
            }
            _ => Self::Written,
        }
    }
}

impl StoredKeys {
    fn take_position(&mut self, position: &VehiclePosition, series: Option<Timestamp>) -> Fate {
        let kept = self.position.as_ref().map(|kept| SeriesTime {
            series: self.series.positions,
            at: kept.timestamp,
        });
        let at = position.timestamp;
        let fate = Fate::of(SeriesTime { series, at }, kept);
        if fate == Fate::Written {
            self.position = Some(position.clone());
            self.series.positions = self.series.positions.max(series);
        }
        fate
    }

    fn take_state(&mut self, state: &VehicleRuntimeState, series: Option<Timestamp>) -> Fate {
        let kept = self.state.as_ref().map(|kept| SeriesTime {
            series: self.series.states,
            at: kept.last_update_time,
        });
        let at = state.last_update_time;
        let fate = Fate::of(SeriesTime { series, at }, kept);
        if fate == Fate::Written {
            self.state = Some(state.clone());
            self.series.states = self.series.states.max(series);
        }
        fate
    }
}

/// Relation of a part to its expected content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    AsExpected,
    Newer,
    Missing,
    Different,
}

impl Comparison {
    fn difference(self, part: KeyPart) -> Option<KeyDifference> {
        let (fault, detail) = match self {
            Self::Missing => (KeyFault::Missing, "missing"),
            Self::Different => (KeyFault::Different, "older or different"),
            Self::AsExpected | Self::Newer => return None,
        };
        Some(KeyDifference::new(part, fault, detail))
    }
}

/// Compares a part with its expected content. A part whose stored time is after `latest` is different.
fn standing<T: PartialEq>(
    expected: &T,
    offered: SeriesTime,
    found: Option<&T>,
    kept: Option<SeriesTime>,
    latest: Timestamp,
) -> Comparison {
    match kept {
        None => Comparison::Missing,
        Some(kept) if kept.at > latest => Comparison::Different,
        Some(kept) if !offered.overwrites(kept) => Comparison::Newer,
        Some(_) if found == Some(expected) => Comparison::AsExpected,
        Some(_) => Comparison::Different,
    }
}

impl MemoryLiveStore {
    fn collect<T>(
        &self,
        ids: &[VehicleId],
        part: impl Fn(&StoredKeys) -> Option<T>,
    ) -> HashMap<VehicleId, T> {
        let kept = self.kept.read();
        ids.iter()
            .filter_map(|id| Some((*id, part(kept.vehicles.get(id)?)?)))
            .collect()
    }
}

#[async_trait]
impl PositionStore for MemoryLiveStore {
    async fn get_position(&self, id: VehicleId) -> Result<Option<VehiclePosition>> {
        Ok(self
            .collect(&[id], |present| present.position.clone())
            .remove(&id))
    }

    async fn set_position(&self, id: VehicleId, position: &VehiclePosition) -> Result<bool> {
        let mut kept = self.kept.write();
        let present = kept.vehicles.entry(id).or_default();
        let series = present.series.positions;
        Ok(present.take_position(position, series) == Fate::Written)
    }

    async fn get_positions(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehiclePosition>> {
        Ok(self.collect(ids, |present| present.position.clone()))
    }

    async fn get_all_active_positions(&self) -> Result<HashMap<VehicleId, VehiclePosition>> {
        let active: Vec<_> = self.kept.read().active.iter().copied().collect();
        self.get_positions(&active).await
    }
}

#[async_trait]
impl StateStore for MemoryLiveStore {
    async fn get_state(&self, id: VehicleId) -> Result<Option<VehicleRuntimeState>> {
        Ok(self.collect(&[id], |present| present.state.clone()).remove(&id))
    }

    async fn set_state(&self, id: VehicleId, state: &VehicleRuntimeState) -> Result<bool> {
        let mut kept = self.kept.write();
        let present = kept.vehicles.entry(id).or_default();
        let series = present.series.states;
        Ok(present.take_state(state, series) == Fate::Written)
    }

    async fn get_states(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehicleRuntimeState>> {
        Ok(self.collect(ids, |present| present.state.clone()))
    }
}

#[async_trait]
impl LiveKeys for MemoryLiveStore {
    fn key_of(&self, id: VehicleId) -> String {
        format!("vehicle:{{{id}}}")
    }

    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>> {
        let mut kept = self.kept.write();
        let mut overtaken = Vec::new();
        for record in records {
            let present = kept.vehicles.entry(record.vehicle_id).or_default();
            present.expires_in = record.expires_in;
            let Series { positions, states } = record.series;
            let fates = [
                record
                    .position
                    .as_ref()
                    .map(|position| present.take_position(position, positions)),
                record
                    .state
                    .as_ref()
                    .map(|state| present.take_state(state, states)),
            ];
            let is_on_map = fates[0] == Some(Fate::Written);
            if fates.contains(&Some(Fate::Overtaken)) {
                overtaken.push(record.vehicle_id);
            }
            if is_on_map {
                kept.on_map.insert(record.vehicle_id);
            }
        }
        Ok(overtaken)
    }

    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>> {
        let kept = self.kept.read();
        let record = |id: &VehicleId| {
            let StoredKeys {
                position,
                state,
                series,
                expires_in,
            } = kept.vehicles.get(id)?;
            let times = [
                position.as_ref().map(|position| position.timestamp),
                state.as_ref().map(|state| state.last_update_time),
            ];
            Some(LiveRecord {
                vehicle_id: *id,
                position: position.clone(),
                state: state.clone(),
                last_update: times.into_iter().flatten().max()?,
                series: *series,
                broken: BrokenParts::default(),
                expires_in: *expires_in,
            })
        };
        Ok(ids.iter().filter_map(record).collect())
    }

    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences> {
        let kept = self.kept.read();
        let mut differences = Differences::default();
        for record in expected {
            let present = kept.vehicles.get(&record.vehicle_id);
            let series = present.map(|present| present.series).unwrap_or_default();
            let position = record.position.as_ref().map(|expected| {
                let at = |position: &VehiclePosition, series: Series| SeriesTime {
                    series: series.positions,
                    at: position.timestamp,
                };
                let found = present.and_then(|present| present.position.as_ref());
                let found_at = found.map(|found| at(found, series));
                standing(expected, at(expected, record.series), found, found_at, latest)
            });
            let state = record.state.as_ref().map(|expected| {
                let at = |state: &VehicleRuntimeState, series: Series| SeriesTime {
                    series: series.states,
                    at: state.last_update_time,
                };
                let found = present.and_then(|present| present.state.as_ref());
                let found_at = found.map(|found| at(found, series));
                standing(expected, at(expected, record.series), found, found_at, latest)
            });
            let is_placed = position.is_none() || kept.on_map.contains(&record.vehicle_id);
            let place = match is_placed {
                true => Comparison::AsExpected,
                false => Comparison::Missing,
            };
            let parts = [
                (KeyPart::Position, position),
                (KeyPart::State, state),
                (KeyPart::Map, Some(place)),
            ];
            let found: Vec<_> = parts
                .into_iter()
                .filter_map(|(part, comparison)| comparison?.difference(part))
                .collect();
            if !found.is_empty() {
                differences.outdated.push(OutdatedKeys {
                    vehicle_id: record.vehicle_id,
                    differences: found,
                });
            }
            if [position, state].contains(&Some(Comparison::Newer)) {
                differences.newer.push(record.vehicle_id);
            }
        }
        Ok(differences)
    }

    async fn members(&self, roll: Roll, _: u64) -> Result<RollPage> {
        let mut kept = self.kept.write();
        let members = kept.roll(roll).iter();
        Ok(RollPage {
            members: members
                .map(|id| RollMember(id.to_string().into_bytes()))
                .collect(),
            next: None,
        })
    }

    async fn members_among(&self, roll: Roll, ids: &[VehicleId]) -> Result<HashSet<VehicleId>> {
        let mut kept = self.kept.write();
        let members = kept.roll(roll);
        Ok(ids.iter().filter(|id| members.contains(id)).copied().collect())
    }

    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<Vec<RollMember>> {
        let mut kept = self.kept.write();
        let listed = kept.roll(roll);
        let removed = members
            .iter()
            .filter(|member| member.vehicle_id().is_some_and(|id| listed.remove(&id)));
        Ok(removed.cloned().collect())
    }

    async fn activate(&self, ids: &[VehicleId]) -> Result<Vec<VehicleId>> {
        let mut kept = self.kept.write();
        Ok(ids.iter().copied().filter(|id| kept.active.insert(*id)).collect())
    }

    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()> {
        let mut kept = self.kept.write();
        for id in ids {
            kept.active.remove(id);
            kept.on_map.remove(id);
        }
        Ok(())
    }

    async fn forget(&self, ids: &[VehicleId]) -> Result<()> {
        let mut kept = self.kept.write();
        for id in ids {
            kept.active.remove(id);
            kept.on_map.remove(id);
            kept.vehicles.remove(id);
        }
        Ok(())
    }
}
