//! Positions and states that queries have read from the live keys, kept for a short time.
//!
//! Keys are only read for vehicles about which the live core lacks data, so the cache contains no other vehicles. An
//! update that arrives from a robot supersedes the entry of its vehicle at once, because the live core is asked first.
//! Entries of vehicles whose keys this server removes are dropped.
//!
//! An entry is the content of a key, regardless of who asked for it. Callers check that the vehicle is visible before
//! they look it up.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};
use moka::{Expiry, sync::Cache};

/// Maximum number of positions, and of states. An entry takes about 300 bytes.
const MAX_ENTRIES: u64 = 20_000;

/// Lifetime of a position.
const POSITION_TTL: Duration = Duration::from_secs(1);
/// Lifetime of a state.
const STATE_TTL: Duration = Duration::from_secs(5);
/// Lifetime of the knowledge that a vehicle has no position or no state.
const ABSENCE_TTL: Duration = Duration::from_secs(1);

/// Plausible content of a vehicle's keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StoredData {
    pub(crate) position: Option<VehiclePosition>,
    pub(crate) state: Option<VehicleRuntimeState>,
}

impl StoredData {
    /// Returns the robot's timestamp of the newest part; `None` if there is none.
    pub(crate) fn last_update(&self) -> Option<Timestamp> {
        let times = [
            self.position.as_ref().map(|position| position.timestamp),
            self.state.as_ref().map(|state| state.last_update_time),
        ];
        times.into_iter().flatten().max()
    }
}

/// The cache. Failures are never cached.
pub(crate) struct ReadCache {
    positions: Cache<VehicleId, Option<VehiclePosition>>,
    states: Cache<VehicleId, Option<VehicleRuntimeState>>,
    /// Number of invalidations so far.
    invalidations: AtomicU64,
}

/// Permission to cache data that is read after the permission was obtained, unless entries are invalidated in the
/// meantime.
pub(crate) struct Reading(u64);

/// Lifetimes of entries.
struct Lifetimes {
    present: Duration,
    absent: Duration,
}

impl<T> Expiry<VehicleId, Option<T>> for Lifetimes {
    fn expire_after_create(&self, _: &VehicleId, entry: &Option<T>, _: Instant) -> Option<Duration> {
        Some(match entry {
            Some(_) => self.present,
            None => self.absent,
        })
    }

    fn expire_after_update(
        &self,
        id: &VehicleId,
        entry: &Option<T>,
        updated_at: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(id, entry, updated_at)
    }
}

impl Default for ReadCache {
    fn default() -> Self {
        Self::new(POSITION_TTL, STATE_TTL, ABSENCE_TTL, MAX_ENTRIES)
    }
}

impl ReadCache {
    fn new(positions: Duration, states: Duration, absent: Duration, max_entries: u64) -> Self {
        Self {
            positions: cache(positions, absent, max_entries),
            states: cache(states, absent, max_entries),
            invalidations: AtomicU64::new(0),
        }
    }

    /// Returns the position of a vehicle; `None` if it is not cached, and `Some(None)` if the vehicle has none.
    pub(crate) fn position(&self, id: VehicleId) -> Option<Option<VehiclePosition>> {
        self.positions.get(&id)
    }

    /// Returns the state of a vehicle; `None` if it is not cached, and `Some(None)` if the vehicle has none.
    pub(crate) fn state(&self, id: VehicleId) -> Option<Option<VehicleRuntimeState>> {
        self.states.get(&id)
    }

    /// Returns the data of the vehicles whose position and state are both cached, and the ids of the others.
    pub(crate) fn look_up(&self, ids: &[VehicleId]) -> (HashMap<VehicleId, StoredData>, Vec<VehicleId>) {
        let (mut found, mut unknown) = (HashMap::new(), Vec::new());
        for &id in ids {
            match (self.position(id), self.state(id)) {
                (Some(position), Some(state)) => drop(found.insert(id, StoredData { position, state })),
                _ => unknown.push(id),
            }
        }
        (found, unknown)
    }

    /// Returns the permission to cache data that is read after this call.
    pub(crate) fn start_reading(&self) -> Reading {
        Reading(self.invalidations.load(Ordering::SeqCst))
    }

    pub(crate) fn keep_position(&self, reading: &Reading, id: VehicleId, position: Option<VehiclePosition>) {
        self.keep(reading, &self.positions, id, position);
    }

    pub(crate) fn keep_state(&self, reading: &Reading, id: VehicleId, state: Option<VehicleRuntimeState>) {
        self.keep(reading, &self.states, id, state);
    }

    fn keep<T: Clone + Send + Sync + 'static>(
        &self,
        Reading(since): &Reading,
        cache: &Cache<VehicleId, Option<T>>,
        id: VehicleId,
        entry: Option<T>,
    ) {
        cache.insert(id, entry);
        // Check this after the insertion: an invalidation that is not seen here removes the entry itself, because it is
        // counted before it removes entries.
        if self.invalidations.load(Ordering::SeqCst) != *since {
            cache.invalidate(&id);
        }
    }

    /// Drops the entries of vehicles whose keys have changed.
    pub(crate) fn invalidate(&self, ids: &[VehicleId]) {
        if ids.is_empty() {
            return;
        }
        self.invalidations.fetch_add(1, Ordering::SeqCst);
        for id in ids {
            self.positions.invalidate(id);
            self.states.invalidate(id);
        }
    }

    pub(crate) fn clear(&self) {
        self.invalidations.fetch_add(1, Ordering::SeqCst);
        self.positions.invalidate_all();
        self.states.invalidate_all();
    }
}

fn cache<T: Clone + Send + Sync + 'static>(
    present: Duration,
    absent: Duration,
    max_entries: u64,
) -> Cache<VehicleId, Option<T>> {
    Cache::builder()
        .max_capacity(max_entries)
        .expire_after(Lifetimes { present, absent })
        .build()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn id(number: u128) -> VehicleId {
        VehicleId::from_uuid(Uuid::from_u128(number))
    }

    fn a_state() -> Option<VehicleRuntimeState> {
        Some(VehicleRuntimeState::new(0.5, 80.0, Timestamp::EPOCH).expect("in range"))
    }

    fn a_cache(states: Duration, absent: Duration) -> ReadCache {
        ReadCache::new(LONG, states, absent, 1_000)
    }

    fn keep(cache: &ReadCache, number: u128, state: Option<VehicleRuntimeState>) {
        let reading = cache.start_reading();
        cache.keep_position(&reading, id(number), None);
        cache.keep_state(&reading, id(number), state);
    }

    #[test]
    fn only_vehicles_with_both_parts_are_found() {
        let cache = a_cache(LONG, LONG);
        keep(&cache, 1, a_state());
        keep(&cache, 2, None);
        let reading = cache.start_reading();
        cache.keep_state(&reading, id(3), a_state());
        let (found, unknown) = cache.look_up(&[id(1), id(2), id(3), id(4)]);
        let expected = [
            (
                id(1),
                StoredData {
                    position: None,
                    state: a_state(),
                },
            ),
            (id(2), StoredData::default()),
        ];
        assert_eq!(found, HashMap::from(expected));
        assert_eq!(unknown, [id(3), id(4)]);
        assert_eq!(found[&id(1)].last_update(), Some(Timestamp::EPOCH));
        assert_eq!(found[&id(2)].last_update(), None);
    }

    #[test]
    fn entries_expire_by_their_kind() {
        let brief = Duration::from_millis(20);
        for (cache, state) in [(a_cache(brief, LONG), a_state()), (a_cache(LONG, brief), None)] {
            let began = Instant::now();
            // The second entry replaces the first one, and starts its own lifetime.
            keep(&cache, 1, state.clone());
            keep(&cache, 1, state.clone());
            let other = if state.is_some() { None } else { a_state() };
            keep(&cache, 2, other.clone());
            while cache.state(id(1)).is_some() {
                assert!(
                    began.elapsed() < Duration::from_secs(10),
                    "{state:?} never expires"
                );
                std::thread::sleep(Duration::from_millis(1));
            }
            assert!(began.elapsed() >= brief);
            assert_eq!(cache.state(id(2)), Some(other));
        }
    }

    #[test]
    fn an_invalidated_vehicle_is_unknown_and_the_others_are_not() {
        let cache = a_cache(LONG, LONG);
        keep(&cache, 1, a_state());
        keep(&cache, 2, a_state());
        cache.invalidate(&[id(1)]);
        assert_eq!(cache.look_up(&[id(1), id(2)]).1, [id(1)]);
        cache.clear();
        assert_eq!(cache.look_up(&[id(1), id(2)]).1, [id(1), id(2)]);
    }

    #[test]
    fn data_read_before_an_invalidation_is_not_cached_after_it() {
        let cache = a_cache(LONG, LONG);
        let invalidations: [fn(&ReadCache); 2] = [|cache| cache.invalidate(&[id(1)]), ReadCache::clear];
        for invalidate in invalidations {
            let reading = cache.start_reading();
            invalidate(&cache);
            cache.keep_state(&reading, id(1), a_state());
            assert_eq!(cache.state(id(1)), None);
        }
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let cache = ReadCache::new(LONG, LONG, LONG, 100);
        for number in 0..10_000 {
            keep(&cache, number, a_state());
        }
        cache.states.run_pending_tasks();
        assert!(
            cache.states.entry_count() <= 100,
            "{}",
            cache.states.entry_count()
        );
    }
}
