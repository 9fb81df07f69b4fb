//! The table of the newest data of each vehicle.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry},
    ops::Range,
    sync::Arc,
};

use domain::{
    AccessScope, GroupId, OrganizationId, VehicleId,
    telemetry::{ConnectionStatus, PositionTrack, SetBackWatch, Timestamp, VehicleRuntimeState},
    vehicle::{Vehicle, VehicleName, VehicleStatus, VehicleType, Version},
};
use slab::Slab;
use time::OffsetDateTime;

use super::{
    encoded::EncodedPart,
    filter::Condition,
    indices::{RoomId, VehicleIndex},
    interest::{Candidate, Interest},
    key_standing::KeyStanding,
    membership::{Membership, RoomRef},
    rejections::Rejections,
    vehicle_info::VehicleInfo,
    view::VehicleView,
};
use crate::{moment::Moment, record::Series, traced::MessageNumbers};

/// Maximum number of deleted vehicles that are remembered. Messages of vehicles that were deleted before these are
/// rejected as unknown.
const MAX_TOMBSTONES: usize = 10_000;

/// Position of a walk over all vehicles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableCursor(usize);

impl TableCursor {
    /// The position before the first vehicle.
    pub const START: Self = Self(0);
}

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
    /// Time of the last report that contains a status.
    pub(crate) status_reported_at: Option<Timestamp>,
    /// Time, by the registry's clock, at which it last recorded a reported status. Data that was changed earlier may
    /// contain a status from before.
    pub(crate) status_recorded_at: Option<OffsetDateTime>,
    /// Time of the last change of the status by a user since the vehicle was added.
    pub(crate) status_set_at: Option<Timestamp>,
    pub(crate) track: PositionTrack,
    pub(crate) state: Option<VehicleRuntimeState>,
    /// Detects that the robot's clock was set back, for states. Positions have their own detection in `track`.
    pub(crate) state_set_back: SetBackWatch,
    pub(crate) series: Series,
    /// Messages that `track` and `state` are from.
    pub(crate) messages: MessageNumbers,
    pub(crate) rejections: Rejections,
    pub(crate) connection: ConnectionStatus,
    pub(crate) received_at: Option<Moment>,
    /// The robot's time of the newest data read from the live keys, for a vehicle from which this server has received
    /// no message.
    pub(crate) kept_at: Option<Timestamp>,
    pub(crate) has_staleness_timer: bool,
    pub(crate) keys: KeyStanding,
    /// Distinguishes the vehicle from a later one at the same index.
    pub(crate) generation: u64,
    /// The rooms whose subscribers want the vehicle; complete only after [`crate::hub::Hub::settle`].
    pub(crate) rooms: Membership,
    /// The rooms with filters that may have the vehicle in their views, or that its latest change may bring it into.
    /// A set, because there may be thousands.
    pub(crate) filtered: BTreeSet<RoomRef>,
    /// The registry's data of the vehicle, except that the status may be outdated; see [`LiveVehicle::vehicle`].
    pub(crate) data: Arc<Vehicle>,
    /// Value of [`LiveTable::appearances`] since which the vehicle has been visible to subscribers in its current
    /// groups; `None` while it is disabled or has no data.
    visible_since: Option<u64>,
    view: Option<Arc<VehicleView>>,
    info: Option<Arc<VehicleInfo>>,
}

impl LiveVehicle {
    /// Returns the current view of the vehicle, which is shared until it is outdated.
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
            messages: self.messages,
            encoded: EncodedPart::default(),
        });
        self.view = Some(Arc::clone(&view));
        view
    }

    /// Returns `true` if a position or a state is known.
    pub(crate) const fn has_data(&self) -> bool {
        self.track.newest().is_some() || self.state.is_some()
    }

    pub(crate) fn outdate_view(&mut self) {
        self.view = None;
    }

    /// Returns the description of the vehicle for subscribers with this scope. It contains only the groups that the
    /// scope covers; if these are all of the vehicle's groups, the description is shared.
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
            encoded: EncodedPart::default(),
        }
    }

    pub(crate) fn outdate_info(&mut self) {
        self.info = None;
    }

    /// Returns the registry's data of the vehicle, with its current status.
    pub(crate) fn vehicle(&mut self) -> Arc<Vehicle> {
        if self.data.status != self.status {
            Arc::make_mut(&mut self.data).status = self.status;
        }
        Arc::clone(&self.data)
    }

    pub(crate) fn is_within(&self, scope: &AccessScope) -> bool {
        scope.covers(self.organization_id, &self.group_ids, self.id)
    }

    /// Returns `true` if an interest covers the vehicle for a subscriber with this scope. Groups outside the scope are
    /// ignored: their members are not disclosed, even to a subscriber that sees the vehicle for another reason.
    pub(crate) fn is_covered_by(&self, interest: &Interest, scope: &AccessScope) -> bool {
        let candidate = Candidate {
            id: self.id,
            kind: self.kind,
            condition: Condition {
                status: self.status,
                state: self.state.as_ref(),
                position: self.track.newest(),
            },
        };
        let groups = self.group_ids.iter().copied();
        interest.wants(
            &candidate,
            groups.filter(|group| scope.has_group(self.organization_id, *group)),
        )
    }

    /// Returns `true` if the vehicle was visible to subscribers in its current groups at an earlier value of
    /// [`LiveTable::appearances`], and has been ever since.
    pub(crate) fn was_visible_at(&self, appearances: u64) -> bool {
        self.visible_since.is_some_and(|since| since <= appearances)
    }

    /// Iterates over all rooms that may want the vehicle. All of them are open only directly after
    /// [`crate::hub::Hub::settle`].
    pub(crate) fn all_rooms(&self) -> impl Iterator<Item = RoomId> {
        self.rooms.iter().chain(self.filtered.iter().map(|room| room.id))
    }
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

#[derive(Debug, Clone, Copy)]
struct Tombstone {
    place: u64,
    /// Lowest version with which the vehicle may be added again.
    restored_from: Version,
}

/// A group that has vehicles.
#[derive(Debug)]
struct KnownGroup {
    organization_id: OrganizationId,
    vehicles: usize,
}

/// All vehicles of the registry, including the disabled ones, by a dense index.
#[derive(Debug, Default)]
pub(crate) struct LiveTable {
    vehicles: Slab<LiveVehicle>,
    index: HashMap<VehicleId, VehicleIndex>,
    deleted: HashMap<VehicleId, Tombstone>,
    deleted_in_order: BTreeMap<u64, VehicleId>,
    deletions: u64,
    generations: u64,
    appearances: u64,
    /// The groups that have vehicles.
    groups: HashMap<GroupId, KnownGroup>,
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
        self.groups
            .get(&id)
            .is_some_and(|group| scope.has_group(group.organization_id, id))
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
        self.count_groups(&groups, organization_id);
        self.uncount_groups(&before);
    }

    fn count_groups(&mut self, groups: &BTreeSet<GroupId>, organization_id: OrganizationId) {
        for &id in groups {
            let group = self.groups.entry(id).or_insert(KnownGroup {
                organization_id,
                vehicles: 0,
            });
            group.vehicles += 1;
        }
    }

    fn uncount_groups(&mut self, groups: &BTreeSet<GroupId>) {
        for id in groups {
            if let Entry::Occupied(mut group) = self.groups.entry(*id) {
                group.get_mut().vehicles -= 1;
                if group.get().vehicles == 0 {
                    group.remove();
                }
            }
        }
    }

    /// Returns the deleted vehicles that are still remembered, the oldest deletion first.
    pub(crate) fn deleted(&self) -> Vec<VehicleId> {
        self.deleted_in_order.values().copied().collect()
    }

    /// Adds a vehicle that is not in the table, and returns its index.
    pub(crate) fn insert(&mut self, vehicle: &Vehicle) -> VehicleIndex {
        self.forget_deletion(vehicle.id);
        self.generations += 1;
        self.enabled += usize::from(vehicle.is_enabled);
        self.count_groups(&vehicle.group_ids, vehicle.organization_id);
        let index = as_index(self.vehicles.insert(LiveVehicle {
            id: vehicle.id,
            name: vehicle.name.clone(),
            organization_id: vehicle.organization_id,
            group_ids: vehicle.group_ids.clone(),
            kind: vehicle.kind(),
            version: vehicle.version,
            is_enabled: vehicle.is_enabled,
            status: vehicle.status,
            status_reported_at: None,
            status_recorded_at: None,
            status_set_at: None,
            track: PositionTrack::default(),
            state: None,
            state_set_back: SetBackWatch::default(),
            series: Series::default(),
            messages: MessageNumbers::default(),
            rejections: Rejections::default(),
            connection: ConnectionStatus::Disconnected,
            received_at: None,
            kept_at: None,
            has_staleness_timer: false,
            keys: KeyStanding::default(),
            generation: self.generations,
            rooms: Membership::default(),
            filtered: BTreeSet::new(),
            data: Arc::new(vehicle.clone()),
            visible_since: None,
            view: None,
            info: None,
        }));
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
            self.uncount_groups(&removed.group_ids);
        }
        // The place of an earlier deletion of the same id would later evict the new tombstone.
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

    /// Returns `true` if this version of a deleted vehicle may add it again.
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

/// Converts a slab index. More than 2^32 vehicles do not fit into memory.
fn as_index(index: usize) -> VehicleIndex {
    VehicleIndex::try_from(index).expect("fewer than 2^32 vehicles")
}
