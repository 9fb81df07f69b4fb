//! Rooms: subscribers that share an interest, a scope and a pace share the work and the bytes.
//!
//! This file has the rooms and their members; `moves` changes what a member sees, `serving` fills the mailboxes,
//! `topics` ends subscriptions of deleted vehicles, `followers` are subscribers who follow which vehicles there are.

mod followers;
mod moves;
mod serving;
mod topics;

pub use serving::Served;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap, hash_map::Entry},
    mem,
    sync::Arc,
    time::Duration,
};

use domain::{AccessScope, GroupId, VehicleId};
use slab::Slab;

use crate::{
    batch::Batch,
    dirty_set::DirtySet,
    event::LiveEvent,
    indices::{RoomId, SubscriberId, VehicleIndex},
    interest::Interest,
    live_table::{LiveTable, LiveVehicle},
    mailbox::Mailbox,
    moment::Moment,
    pace::Pace,
    roster::Roster,
    trace::TraceParent,
    view::VehicleView,
};

/// What makes subscribers share a room, and so their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct RoomKey {
    interest: Interest,
    scope: Arc<AccessScope>,
    interval: Duration,
}

impl RoomKey {
    fn wants(&self, vehicle: &LiveVehicle) -> bool {
        self.interest.wants(vehicle.id, vehicle.kind) && vehicle.is_within(&self.scope)
    }
}

/// Subscribers who see the same at the same pace.
#[derive(Debug)]
struct Room {
    key: RoomKey,
    members: Vec<SubscriberId>,
    dirty: DirtySet,
    events: Vec<Arc<LiveEvent>>,
    traces: Vec<TraceParent>,
    pace: Pace,
    /// When it is served next; its entry in [`Hub::due`] with another time is out of date.
    due_us: Option<u64>,
}

#[derive(Debug)]
struct Member {
    mailbox: Arc<Mailbox>,
    /// What it wants, may see, and at which pace.
    key: RoomKey,
    /// Its room, when it wants anything.
    room: Option<RoomId>,
    /// What it knows of the registry, when it follows that.
    roster: Option<Box<Roster>>,
}

/// Rooms and their members.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    rooms: Slab<Room>,
    /// Where subscribers of a key enter. A key may have another room, whose key has become the same since.
    room_of: HashMap<RoomKey, RoomId>,
    /// The rooms whose interest names a vehicle.
    naming: HashMap<VehicleId, BTreeSet<RoomId>>,
    members: Slab<Member>,
    /// Those who follow the registry.
    followers: BTreeSet<SubscriberId>,
    due: BinaryHeap<Reverse<(u64, RoomId)>>,
}

impl Hub {
    /// Adds a subscriber without an interest.
    pub(crate) fn join(
        &mut self,
        mailbox: Arc<Mailbox>,
        scope: Arc<AccessScope>,
        interval: Duration,
    ) -> SubscriberId {
        let key = RoomKey {
            interest: Interest::default(),
            scope,
            interval,
        };
        self.members.insert(Member {
            mailbox,
            key,
            room: None,
            roster: None,
        })
    }

    /// Removes a subscriber.
    pub(crate) fn part(&mut self, id: SubscriberId, table: &mut LiveTable) {
        self.leave_room(id, table);
        self.followers.remove(&id);
        self.members.remove(id).mailbox.close();
    }

    pub(crate) fn member_count(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn scope_of(&self, id: SubscriberId) -> &AccessScope {
        &self.members[id].key.scope
    }

    /// A vehicle was added: finds the rooms whose interest it is.
    pub(crate) fn admit(&self, vehicle: &mut LiveVehicle) {
        vehicle.rooms = self
            .rooms
            .iter()
            .filter(|(_, room)| room.key.wants(vehicle))
            .map(|(id, _)| id)
            .collect();
    }

    /// A vehicle is in other groups now: for some it goes out of their picture, for others it comes into it.
    pub(crate) fn regroup(
        &mut self,
        index: VehicleIndex,
        groups: BTreeSet<GroupId>,
        table: &mut LiveTable,
        now_us: u64,
    ) {
        let vehicle = table.at_mut(index);
        vehicle.group_ids = groups;
        let before = mem::take(&mut vehicle.rooms);
        self.admit(vehicle);
        if !vehicle.is_enabled {
            return;
        }
        let is_in = |rooms: &[RoomId], room: &RoomId| rooms.contains(room);
        let lost: Vec<_> = before
            .iter()
            .copied()
            .filter(|room| !is_in(&vehicle.rooms, room))
            .collect();
        let gained: Vec<_> = vehicle
            .rooms
            .iter()
            .copied()
            .filter(|room| !is_in(&before, room))
            .collect();
        let removed = LiveEvent::VehicleRemoved {
            vehicle_id: vehicle.id,
        };
        let is_visible = !vehicle.view().is_empty();
        self.forget(index, &lost);
        self.tell(&Arc::new(removed), &lost, now_us);
        if is_visible {
            self.mark(index, &gained, now_us);
        }
    }

    fn enter_room(&mut self, id: SubscriberId, key: RoomKey, table: &mut LiveTable) {
        let room = match self.room_of.get(&key) {
            Some(&room) => room,
            None => self.open_room(key, table),
        };
        self.rooms[room].members.push(id);
        self.members[id].room = Some(room);
    }

    fn open_room(&mut self, key: RoomKey, table: &mut LiveTable) -> RoomId {
        let pace = Pace::new(key.interval);
        let id = self.rooms.insert(Room {
            key: key.clone(),
            members: Vec::new(),
            dirty: DirtySet::default(),
            events: Vec::new(),
            traces: Vec::new(),
            pace,
            due_us: None,
        });
        for index in candidates(&key.interest, table) {
            let vehicle = table.at_mut(index);
            if key.wants(vehicle) {
                vehicle.rooms.push(id);
            }
        }
        for &vehicle in key.interest.named() {
            self.naming.entry(vehicle).or_default().insert(id);
        }
        self.room_of.insert(key, id);
        id
    }

    fn leave_room(&mut self, id: SubscriberId, table: &mut LiveTable) {
        let Some(room_id) = self.members[id].room.take() else {
            return;
        };
        let room = &mut self.rooms[room_id];
        room.members.retain(|&member| member != id);
        if room.members.is_empty() {
            let room = self.rooms.remove(room_id);
            for index in candidates(&room.key.interest, table) {
                table.at_mut(index).rooms.retain(|&other| other != room_id);
            }
            self.close_entrance(room_id, &room.key);
            for vehicle in room.key.interest.named() {
                if let Entry::Occupied(mut rooms) = self.naming.entry(*vehicle) {
                    rooms.get_mut().remove(&room_id);
                    if rooms.get().is_empty() {
                        rooms.remove();
                    }
                }
            }
        }
    }

    /// Lets nobody enter a room by this key any more.
    fn close_entrance(&mut self, room: RoomId, key: &RoomKey) {
        if self.room_of.get(key) == Some(&room) {
            self.room_of.remove(key);
        }
    }
}

impl Room {
    /// All that its members can see, as the start of a new picture.
    fn picture(&self, table: &mut LiveTable, now: Moment) -> Batch {
        let views = visible(&candidates(&self.key.interest, table), &self.key, table);
        Batch::picture(now, Vec::new(), views, Vec::new())
    }
}

/// The vehicles that an interest may be in.
fn candidates(interest: &Interest, table: &LiveTable) -> Vec<VehicleIndex> {
    match interest.only_vehicles() {
        Some(ids) => ids.iter().filter_map(|&id| table.index_of(id)).collect(),
        None => table.iter().map(|(index, _)| index).collect(),
    }
}

/// The views of those vehicles that somebody may see and wants, as far as anything is known of them.
fn visible(indices: &[VehicleIndex], key: &RoomKey, table: &mut LiveTable) -> Vec<Arc<VehicleView>> {
    let mut views = Vec::new();
    for &index in indices {
        let vehicle = table.at_mut(index);
        if vehicle.is_enabled && key.wants(vehicle) {
            views.push(vehicle.view());
        }
    }
    views.retain(|view| !view.is_empty());
    views
}
