//! The vehicles in the set of active ones, as far as this server knows.

use std::collections::HashSet;

use domain::VehicleId;
use parking_lot::Mutex;

/// Vehicles that this server has added to the set of active ones, or found in it. If such a vehicle is missing from the
/// set, the set was damaged. Any other vehicle may not have been added yet.
#[derive(Default)]
pub(crate) struct MappedVehicles(Mutex<HashSet<VehicleId>>);

impl MappedVehicles {
    /// Records that vehicles are in the set.
    pub(crate) fn insert(&self, ids: impl IntoIterator<Item = VehicleId>) {
        self.0.lock().extend(ids);
    }

    /// Records that vehicles were removed from the set.
    pub(crate) fn remove(&self, ids: &[VehicleId]) {
        let mut mapped = self.0.lock();
        for id in ids {
            mapped.remove(id);
        }
    }

    /// Returns those of the vehicles that are in the set, as far as this server knows.
    pub(crate) fn among(&self, ids: &[VehicleId]) -> Vec<VehicleId> {
        let mapped = self.0.lock();
        ids.iter().copied().filter(|id| mapped.contains(id)).collect()
    }
}
