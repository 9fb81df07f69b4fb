use std::collections::{BTreeMap, HashMap};

use domain::{
    VehicleId,
    vehicle::{Vehicle, Version},
};

/// Maximum number of deleted vehicles that are remembered. Messages from vehicles that were deleted earlier are
/// rejected as unknown.
const MAX_DELETIONS: usize = 10_000;

/// Position in a walk over the deleted vehicles that are still remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletionCursor(u64);

impl DeletionCursor {
    /// The position before the oldest deletion.
    pub const START: Self = Self(0);
}

#[derive(Debug, Clone, Copy)]
struct Deletion {
    place: u64,
    /// Lowest version with which the vehicle may be added again.
    restored_from: Version,
}

/// The most recently deleted vehicles.
#[derive(Debug, Default)]
pub(super) struct Deletions {
    by_id: HashMap<VehicleId, Deletion>,
    by_place: BTreeMap<u64, VehicleId>,
    /// Number of deletions so far, which is also the place of the newest one. The first one has place 1.
    count: u64,
}

impl Deletions {
    pub(super) fn has(&self, id: VehicleId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// Returns up to `count` vehicles after a cursor, the oldest deletion first, and the next cursor; `None` at the
    /// end.
    pub(super) fn some(
        &self,
        DeletionCursor(after): DeletionCursor,
        count: usize,
    ) -> (Vec<VehicleId>, Option<DeletionCursor>) {
        let mut later = self.by_place.range(after + 1..);
        let (mut ids, mut last) = (Vec::new(), after);
        for (&place, &id) in later.by_ref().take(count) {
            ids.push(id);
            last = place;
        }
        (ids, later.next().map(|_| DeletionCursor(last)))
    }

    /// Remembers a deletion, and forgets the oldest if there are too many.
    pub(super) fn remember(&mut self, id: VehicleId, restored_from: Version) {
        // The place of an earlier deletion of the same id would later evict the new one.
        self.forget(id);
        self.count += 1;
        let place = self.count;
        self.by_id.insert(id, Deletion { place, restored_from });
        self.by_place.insert(place, id);
        while self.by_place.len() > MAX_DELETIONS {
            if let Some((_, oldest)) = self.by_place.pop_first() {
                self.by_id.remove(&oldest);
            }
        }
    }

    pub(super) fn forget(&mut self, id: VehicleId) {
        if let Some(deletion) = self.by_id.remove(&id) {
            self.by_place.remove(&deletion.place);
        }
    }

    /// Returns `true` if this version of a deleted vehicle may add it again.
    pub(super) fn is_restored_by(&self, vehicle: &Vehicle) -> bool {
        let deletion = self.by_id.get(&vehicle.id);
        deletion.is_some_and(|deletion| vehicle.version >= deletion.restored_from)
    }
}
