//! The table of the newest data of each vehicle.
//!
//! * `vehicle`: the data of one vehicle.
//! * `groups`: the groups that have vehicles.
//! * `deletions`: the vehicles that were deleted.

mod deletions;
mod groups;
mod vehicle;

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use domain::{
    AccessScope, GroupId, VehicleId,
    vehicle::{Vehicle, Version},
};
use slab::Slab;

pub use self::deletions::DeletionCursor;
pub(crate) use self::vehicle::LiveVehicle;
use self::{deletions::Deletions, groups::Groups};
use crate::indices::VehicleIndex;

/// Position in a walk over all vehicles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableCursor(usize);

impl TableCursor {
    /// The position before the first vehicle.
    pub const START: Self = Self(0);
}

/// Registration state of a vehicle id, which determines whether messages are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registration {
    Enabled(VehicleIndex),
    Disabled,
    Deleted,
    Unknown,
}

/// Vehicles grouped by what should happen to their live keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Enabled vehicles, whose keys should exist.
    pub enabled: Vec<VehicleId>,
    /// Disabled vehicles, whose keys are kept, but not written.
    pub disabled: Vec<VehicleId>,
    /// Deleted vehicles, whose keys should be deleted.
    pub deleted: Vec<VehicleId>,
}

/// All vehicles of the registry, including the disabled ones, by a dense index.
#[derive(Debug, Default)]
pub(crate) struct LiveTable {
    vehicles: Slab<LiveVehicle>,
    index: HashMap<VehicleId, VehicleIndex>,
    deletions: Deletions,
    generations: u64,
    appearances: u64,
    groups: Groups,
    enabled: usize,
    /// One more than the highest index that has ever been used.
    end: VehicleIndex,
}

impl LiveTable {
    pub(crate) fn standing(&self, id: VehicleId) -> Registration {
        match self.index_of(id) {
            Some(index) if self.vehicles[index as usize].is_enabled => Registration::Enabled(index),
            Some(_) => Registration::Disabled,
            None if self.deletions.has(id) => Registration::Deleted,
            None => Registration::Unknown,
        }
    }

    pub(crate) fn index_of(&self, id: VehicleId) -> Option<VehicleIndex> {
        self.index.get(&id).copied()
    }

    pub(crate) fn find(&self, id: VehicleId) -> Option<&LiveVehicle> {
        self.index_of(id).map(|index| &self.vehicles[index as usize])
    }

    pub(crate) fn at(&self, index: VehicleIndex) -> &LiveVehicle {
        &self.vehicles[index as usize]
    }

    pub(crate) fn at_mut(&mut self, index: VehicleIndex) -> &mut LiveVehicle {
        &mut self.vehicles[index as usize]
    }

    /// Returns the vehicle at an index; `None` if the index is free.
    pub(crate) fn get_mut(&mut self, index: VehicleIndex) -> Option<&mut LiveVehicle> {
        self.vehicles.get_mut(index as usize)
    }

    pub(crate) const fn end(&self) -> VehicleIndex {
        self.end
    }

    /// Returns the vehicle at an index, unless another vehicle has taken that index.
    pub(crate) fn same_at_mut(&mut self, index: VehicleIndex, generation: u64) -> Option<&mut LiveVehicle> {
        self.vehicles
            .get_mut(index as usize)
            .filter(|vehicle| vehicle.generation == generation)
    }

    pub(crate) fn len(&self) -> usize {
        self.vehicles.len()
    }

    /// Returns the vehicles at up to `count` places starting at a cursor, and the next cursor; `None` at the end of the
    /// table.
    pub(crate) fn some(
        &self,
        from: TableCursor,
        count: usize,
    ) -> (
        impl Iterator<Item = (VehicleIndex, &LiveVehicle)>,
        Option<TableCursor>,
    ) {
        let (places, next) = self.step(from, count);
        let some = places.filter_map(|place| Some((as_index(place), self.vehicles.get(place)?)));
        (some, next)
    }

    /// Visits the vehicles at up to `count` places starting at a cursor, and returns the next cursor; `None` at the end
    /// of the table.
    pub(crate) fn visit(
        &mut self,
        from: TableCursor,
        count: usize,
        mut visit: impl FnMut(VehicleIndex, &mut LiveVehicle),
    ) -> Option<TableCursor> {
        let (places, next) = self.step(from, count);
        for place in places {
            if let Some(vehicle) = self.vehicles.get_mut(place) {
                visit(as_index(place), vehicle);
            }
        }
        next
    }

    /// Like [`LiveTable::some`], but returns the registry's data of the vehicles, with their current status.
    pub(crate) fn some_whole(
        &mut self,
        from: TableCursor,
        count: usize,
    ) -> (
        impl Iterator<Item = (VehicleIndex, Arc<Vehicle>)> + use<'_>,
        Option<TableCursor>,
    ) {
        let (places, next) = self.step(from, count);
        let some =
            places.filter_map(|place| Some((as_index(place), self.vehicles.get_mut(place)?.vehicle())));
        (some, next)
    }

    fn step(&self, TableCursor(from): TableCursor, count: usize) -> (Range<usize>, Option<TableCursor>) {
        // A vehicle keeps its slot, so a walk in steps visits each vehicle that stays in the table exactly once.
        let end = self.vehicles.capacity();
        let to = from.saturating_add(count).min(end);
        (from..to, (to < end).then_some(TableCursor(to)))
    }

    pub(crate) const fn enabled_count(&self) -> usize {
        self.enabled
    }

    /// Enables or disables a vehicle, and returns `true` if it was enabled before.
    pub(crate) fn set_enabled(&mut self, index: VehicleIndex, is_enabled: bool) -> bool {
        let was_enabled = std::mem::replace(&mut self.at_mut(index).is_enabled, is_enabled);
        self.enabled = self.enabled + usize::from(is_enabled) - usize::from(was_enabled);
        was_enabled
    }

    /// Returns `true` if a group has vehicles and is within a scope.
    pub(crate) fn has_group(&self, scope: &AccessScope, id: GroupId) -> bool {
        self.groups.has(scope, id)
    }

    /// Returns the number of times that a vehicle became visible or, while visible, changed its groups.
    pub(crate) const fn appearances(&self) -> u64 {
        self.appearances
    }

    /// Records that a vehicle, which is enabled and has data, is visible to subscribers.
    pub(crate) fn appear(&mut self, index: VehicleIndex) {
        let since = &mut self.vehicles[index as usize].visible_since;
        if since.is_none() {
            self.appearances += 1;
            *since = Some(self.appearances);
        }
    }

    /// Records that a vehicle is no longer visible to subscribers.
    pub(crate) fn disappear(&mut self, index: VehicleIndex) {
        self.at_mut(index).visible_since = None;
    }

    /// Replaces the groups of a vehicle.
    pub(crate) fn set_groups(&mut self, index: VehicleIndex, groups: BTreeSet<GroupId>) {
        if self.at_mut(index).visible_since.take().is_some() {
            self.appear(index);
        }
        let vehicle = self.at_mut(index);
        let organization_id = vehicle.organization_id;
        let before = std::mem::replace(&mut vehicle.group_ids, groups.clone());
        self.groups.add(&groups, organization_id);
        self.groups.remove(&before);
    }

    /// Returns up to `count` deleted vehicles that are still remembered, starting at a cursor, the oldest deletion
    /// first, and the next cursor; `None` at the end.
    pub(crate) fn deleted(
        &self,
        from: DeletionCursor,
        count: usize,
    ) -> (Vec<VehicleId>, Option<DeletionCursor>) {
        self.deletions.some(from, count)
    }

    /// Adds a vehicle that is not in the table, and returns its index.
    pub(crate) fn insert(&mut self, vehicle: &Vehicle) -> VehicleIndex {
        self.deletions.forget(vehicle.id);
        self.generations += 1;
        self.enabled += usize::from(vehicle.is_enabled);
        self.groups.add(&vehicle.group_ids, vehicle.organization_id);
        let live = LiveVehicle::new(vehicle, self.generations);
        let index = as_index(self.vehicles.insert(live));
        self.end = self.end.max(index + 1);
        self.index.insert(vehicle.id, index);
        index
    }

    /// Removes a vehicle and remembers the deletion. After that, only data of version `restored_from` or later may add
    /// the vehicle again.
    pub(crate) fn remove(&mut self, id: VehicleId, restored_from: Version) {
        if let Some(index) = self.index.remove(&id) {
            let removed = self.vehicles.remove(index as usize);
            self.enabled -= usize::from(removed.is_enabled);
            self.groups.remove(&removed.group_ids);
        }
        self.deletions.remember(id, restored_from);
    }

    /// Returns `true` if this version of a deleted vehicle may add it again.
    pub(crate) fn is_restored_by(&self, vehicle: &Vehicle) -> bool {
        self.deletions.is_restored_by(vehicle)
    }
}

/// Converts a slab index. More than 2^32 vehicles do not fit into memory.
fn as_index(index: usize) -> VehicleIndex {
    VehicleIndex::try_from(index).expect("fewer than 2^32 vehicles")
}
