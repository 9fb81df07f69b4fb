//! The newest of each vehicle.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

use domain::{
    AccessScope, GroupId, OrganizationId, VehicleId,
    telemetry::{ConnectionStatus, PositionTrack, SetBackWatch, Timestamp, VehicleRuntimeState},
    vehicle::{Vehicle, VehicleName, VehicleStatus, VehicleType, Version},
};
use slab::Slab;

use super::{
    encoded::EncodedOnce, indices::VehicleIndex, key_standing::KeyStanding, membership::Membership,
    rejections::Rejections, vehicle_info::VehicleInfo, view::VehicleView,
};
use crate::{moment::Moment, record::Series};

/// How many deleted vehicles are remembered as such; a message of an older one is of an unknown vehicle.
const MAX_TOMBSTONES: usize = 10_000;

/// A place in a walk over all vehicles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableCursor(usize);

impl TableCursor {
    /// Before the first vehicle.
    pub const START: Self = Self(0);
}

/// One vehicle, as the live core knows it.
#[derive(Debug)]
pub(crate) struct LiveVehicle {
    pub(crate) id: VehicleId,
    pub(crate) name: VehicleName,
    pub(crate) organization_id: OrganizationId,
    pub(crate) group_ids: BTreeSet<GroupId>,
    pub(crate) kind: VehicleType,
    pub(crate) version: Version,
    pub(crate) is_enabled: bool,
    pub(crate) status: VehicleStatus,
    pub(crate) track: PositionTrack,
    pub(crate) state: Option<VehicleRuntimeState>,
    /// Whether the clock behind the states was set back; the track has its own watch.
    pub(crate) state_set_back: SetBackWatch,
    pub(crate) series: Series,
    pub(crate) rejections: Rejections,
    pub(crate) connection: ConnectionStatus,
    pub(crate) received_at: Option<Moment>,
    /// The robot's time of the newest that was read from the live keys, of a vehicle that was not heard here.
    pub(crate) kept_at: Option<Timestamp>,
    pub(crate) has_staleness_timer: bool,
    pub(crate) keys: KeyStanding,
    /// Tells this vehicle from a later one at the same index.
    pub(crate) generation: u64,
    /// The rooms whose subscribers want it; good after [`crate::hub::Hub::settle`].
    pub(crate) rooms: Membership,
    /// The whole vehicle as the registry has it; its status may be behind.
    pub(crate) data: Arc<Vehicle>,
    view: Option<Arc<VehicleView>>,
    info: Option<Arc<VehicleInfo>>,
}

impl LiveVehicle {
    /// The vehicle as its watchers see it now.
    pub(crate) fn view(&mut self) -> Arc<VehicleView> {
        if let Some(view) = &self.view {
            return Arc::clone(view);
        }
        let view = Arc::new(VehicleView {
            vehicle_id: self.id,
            kind: self.kind,
            position: self.track.newest().cloned(),
            state: self.state.clone(),
            status: self.status,
            connection: self.connection,
            received_at: self.received_at,
            encoded: EncodedOnce::default(),
        });
        self.view = Some(Arc::clone(&view));
        view
    }

    /// Something that a view shows has changed.
    pub(crate) fn outdate_view(&mut self) {
        self.view = None;
    }

    /// The vehicle as the registry describes it now, to somebody with this scope: of its groups only those are shown
    /// that exist for the scope. Where that is all of them, the description is shared.
    pub(crate) fn info(&mut self, scope: &AccessScope) -> Arc<VehicleInfo> {
        let is_shown = |group: &GroupId| scope.has_group(self.organization_id, *group);
        if !self.group_ids.iter().all(is_shown) {
            return Arc::new(self.describe(self.group_ids.iter().copied().filter(is_shown).collect()));
        }
        if let Some(info) = &self.info {
            return Arc::clone(info);
        }
        let info = Arc::new(self.describe(self.group_ids.clone()));
        self.info = Some(Arc::clone(&info));
        info
    }

    fn describe(&self, group_ids: BTreeSet<GroupId>) -> VehicleInfo {
        VehicleInfo {
            vehicle_id: self.id,
            name: self.name.clone(),
            kind: self.kind,
            is_enabled: self.is_enabled,
            status: self.status,
            group_ids,
            encoded: EncodedOnce::default(),
        }
    }

    /// Something that the registry's description shows has changed.
    pub(crate) fn outdate_info(&mut self) {
        self.info = None;
    }

    /// The whole vehicle with the status that it has now.
    pub(crate) fn vehicle(&mut self) -> Arc<Vehicle> {
        if self.data.status != self.status {
            Arc::make_mut(&mut self.data).status = self.status;
        }
        Arc::clone(&self.data)
    }

    pub(crate) fn is_within(&self, scope: &AccessScope) -> bool {
        scope.covers(self.organization_id, &self.group_ids, self.id)
    }
}

/// Whether messages of a vehicle are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Registration {
    Enabled(VehicleIndex),
    Disabled,
    Deleted,
    Unknown,
}

/// Vehicles, by the fate of their live keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Their keys are to be there.
    pub enabled: Vec<VehicleId>,
    /// Their keys stay, and nothing is written to them.
    pub disabled: Vec<VehicleId>,
    /// Their keys are to go.
    pub deleted: Vec<VehicleId>,
}

/// A trace of a vehicle that was removed.
#[derive(Debug, Clone, Copy)]
struct Tombstone {
    /// The place in the order of deletions.
    place: u64,
    /// The first version that can only come from a restoration.
    restored_from: Version,
}

/// All vehicles of the registry, the disabled ones included, by a dense index.
#[derive(Debug, Default)]
pub(crate) struct LiveTable {
    vehicles: Slab<LiveVehicle>,
    index: HashMap<VehicleId, VehicleIndex>,
    deleted: HashMap<VehicleId, Tombstone>,
    deleted_in_order: BTreeMap<u64, VehicleId>,
    deletions: u64,
    generations: u64,
    enabled: usize,
    /// One more than the highest index that was ever used.
    end: VehicleIndex,
}

impl LiveTable {
    pub(crate) fn standing(&self, id: VehicleId) -> Registration {
        match self.index_of(id) {
            Some(index) if self.vehicles[index as usize].is_enabled => Registration::Enabled(index),
            Some(_) => Registration::Disabled,
            None if self.deleted.contains_key(&id) => Registration::Deleted,
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

    /// The vehicle at an index, if there is one.
    pub(crate) fn get_mut(&mut self, index: VehicleIndex) -> Option<&mut LiveVehicle> {
        self.vehicles.get_mut(index as usize)
    }

    /// One more than the highest index that was ever used.
    pub(crate) const fn end(&self) -> VehicleIndex {
        self.end
    }

    /// The vehicle at an index, unless another has taken its place.
    pub(crate) fn same_at_mut(&mut self, index: VehicleIndex, generation: u64) -> Option<&mut LiveVehicle> {
        self.vehicles
            .get_mut(index as usize)
            .filter(|vehicle| vehicle.generation == generation)
    }

    pub(crate) fn len(&self) -> usize {
        self.vehicles.len()
    }

    /// The vehicles at up to `count` places from one on, and the place to go on from; `None` at the end.
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

    /// Visits the vehicles at up to `count` places from one on, and returns the place to go on from; `None` at the end.
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

    /// The same, as the registry has them, with the status that each has now.
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
        let end = self.vehicles.capacity();
        let to = from.saturating_add(count).min(end);
        (from..to, (to < end).then_some(TableCursor(to)))
    }

    /// How many vehicles are enabled.
    pub(crate) const fn enabled_count(&self) -> usize {
        self.enabled
    }

    /// Enables or disables a vehicle, and returns whether it was enabled.
    pub(crate) fn set_enabled(&mut self, index: VehicleIndex, is_enabled: bool) -> bool {
        let was_enabled = std::mem::replace(&mut self.at_mut(index).is_enabled, is_enabled);
        self.enabled = self.enabled + usize::from(is_enabled) - usize::from(was_enabled);
        was_enabled
    }

    /// The vehicles that are remembered as deleted.
    pub(crate) fn deleted(&self) -> Vec<VehicleId> {
        self.deleted_in_order.values().copied().collect()
    }

    /// Adds a vehicle that is not there.
    pub(crate) fn insert(&mut self, vehicle: &Vehicle) -> VehicleIndex {
        self.forget_deletion(vehicle.id);
        self.generations += 1;
        self.enabled += usize::from(vehicle.is_enabled);
        let index = as_index(self.vehicles.insert(LiveVehicle {
            id: vehicle.id,
            name: vehicle.name.clone(),
            organization_id: vehicle.organization_id,
            group_ids: vehicle.group_ids.clone(),
            kind: vehicle.kind(),
            version: vehicle.version,
            is_enabled: vehicle.is_enabled,
            status: vehicle.status,
            track: PositionTrack::default(),
            state: None,
            state_set_back: SetBackWatch::default(),
            series: Series::default(),
            rejections: Rejections::default(),
            connection: ConnectionStatus::Disconnected,
            received_at: None,
            kept_at: None,
            has_staleness_timer: false,
            keys: KeyStanding::default(),
            generation: self.generations,
            rooms: Membership::default(),
            data: Arc::new(vehicle.clone()),
            view: None,
            info: None,
        }));
        self.end = self.end.max(index + 1);
        self.index.insert(vehicle.id, index);
        index
    }

    /// Takes a vehicle out and remembers that it was deleted; only that version or a later one brings it back.
    pub(crate) fn remove(&mut self, id: VehicleId, restored_from: Version) {
        if let Some(index) = self.index.remove(&id) {
            let removed = self.vehicles.remove(index as usize);
            self.enabled -= usize::from(removed.is_enabled);
        }
        self.forget_deletion(id);
        self.deletions += 1;
        let place = self.deletions;
        self.deleted.insert(id, Tombstone { place, restored_from });
        self.deleted_in_order.insert(place, id);
        while self.deleted_in_order.len() > MAX_TOMBSTONES {
            if let Some((_, oldest)) = self.deleted_in_order.pop_first() {
                self.deleted.remove(&oldest);
            }
        }
    }

    /// Whether a version of a deleted vehicle is later than its deletion.
    pub(crate) fn is_restored_by(&self, vehicle: &Vehicle) -> bool {
        let deletion = self.deleted.get(&vehicle.id);
        deletion.is_some_and(|deletion| vehicle.version >= deletion.restored_from)
    }

    fn forget_deletion(&mut self, id: VehicleId) {
        if let Some(deletion) = self.deleted.remove(&id) {
            self.deleted_in_order.remove(&deletion.place);
        }
    }
}

/// A slab of more than four billion vehicles does not fit into memory.
fn as_index(index: usize) -> VehicleIndex {
    VehicleIndex::try_from(index).expect("fewer than 2^32 vehicles")
}
