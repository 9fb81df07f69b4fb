//! Rooms: subscribers that share an interest, a scope and a pace share the work and the bytes.
//!
//! This file has the rooms and their members. `membership` finds the rooms of a vehicle, `moves` changes what a subscriber
//! sees, `walks` brings its picture in step with that, `serving` fills the mailboxes, `topics` ends subscriptions of deleted
//! vehicles, and `followers` are subscribers that follow which vehicles there are.

mod followers;
mod membership;
mod moves;
mod room_key;
mod serving;
mod topics;
mod walk;
mod walks;

pub use serving::Served;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap},
    sync::Arc,
    time::Duration,
};

use domain::{AccessScope, VehicleId};
use slab::Slab;

use self::{room_key::RoomKey, walk::Walk};
use crate::{
    dirty_set::DirtySet,
    event::LiveEvent,
    indices::{RoomId, SubscriberId},
    interest::Interest,
    live_table::LiveTable,
    mailbox::Mailbox,
    membership::RoomRef,
    pace::Pace,
    roster::Roster,
    trace::TraceParent,
};

/// Subscribers that see the same at the same pace.
#[derive(Debug)]
struct Room {
    key: RoomKey,
    /// The number of its opening; tells it from a later room in the same slot.
    opened: u64,
    members: Vec<SubscriberId>,
    dirty: DirtySet,
    /// How many of the first dirty vehicles belong to the delivery that is under way.
    in_delivery: usize,
    events: Vec<Arc<LiveEvent>>,
    traces: Vec<TraceParent>,
    pace: Pace,
    /// When it is served next; its entry in [`Hub::due`] with another time is out of date.
    due_us: Option<u64>,
}

#[derive(Debug)]
struct Member {
    mailbox: Arc<Mailbox>,
    /// Its interest, scope and pace.
    key: RoomKey,
    /// Its room, unless its interest is empty.
    room: Option<RoomId>,
    /// The rest of the way until its picture is in step with its key.
    walk: Option<Box<Walk>>,
    /// Its knowledge of the registry, when it follows that.
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
    /// The rooms whose interest is more than single vehicles, by the number of their opening.
    wide: BTreeMap<u64, RoomId>,
    /// How many times a room was opened, or a wide one closed.
    changes: u64,
    members: Slab<Member>,
    /// The members whose pictures are not in step yet.
    walking: BTreeSet<SubscriberId>,
    /// Those who follow the registry.
    followers: BTreeSet<SubscriberId>,
    due: BinaryHeap<Reverse<(u64, RoomId)>>,
    pub(crate) limits: Limits,
}

/// How much is done at once, so that the lock is never held for long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most vehicles that one step of a walk visits.
    pub(crate) visits: usize,
    /// The most vehicles in one batch. A frame does not grow with the number of vehicles.
    pub(crate) views: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            visits: 500,
            views: 1_000,
        }
    }
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
            walk: None,
            roster: None,
        })
    }

    /// Removes a subscriber.
    pub(crate) fn part(&mut self, id: SubscriberId, table: &mut LiveTable) {
        self.leave_room(id, table);
        self.followers.remove(&id);
        self.walking.remove(&id);
        self.members.remove(id).mailbox.close();
    }

    pub(crate) fn member_count(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn scope_of(&self, id: SubscriberId) -> &AccessScope {
        &self.members[id].key.scope
    }

    fn enter_room(&mut self, id: SubscriberId, table: &mut LiveTable) {
        let key = &self.members[id].key;
        let room = match self.room_of.get(key) {
            Some(&room) => room,
            None => self.open_room(key.clone(), table),
        };
        self.rooms[room].members.push(id);
        self.members[id].room = Some(room);
    }

    fn open_room(&mut self, key: RoomKey, table: &mut LiveTable) -> RoomId {
        self.changes += 1;
        let opened = self.changes;
        let pace = Pace::new(key.interval);
        let id = self.rooms.insert(Room {
            key: key.clone(),
            opened,
            members: Vec::new(),
            dirty: DirtySet::default(),
            in_delivery: 0,
            events: Vec::new(),
            traces: Vec::new(),
            pace,
            due_us: None,
        });
        if key.interest.is_wide() {
            self.wide.insert(opened, id);
        } else {
            let room = RoomRef { id, opened };
            for &vehicle in key.interest.named() {
                if let Some(index) = table.index_of(vehicle)
                    && key.wants(table.at(index))
                {
                    table.at_mut(index).rooms.add(room);
                }
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
            self.close_room(room_id, table);
        }
    }

    fn close_room(&mut self, id: RoomId, table: &mut LiveTable) {
        let room = self.rooms.remove(id);
        self.close_entrance(id, &room.key);
        for vehicle in room.key.interest.named() {
            if let Some(rooms) = self.naming.get_mut(vehicle) {
                rooms.remove(&id);
                if rooms.is_empty() {
                    self.naming.remove(vehicle);
                }
            }
        }
        if self.wide.remove(&room.opened).is_some() {
            // Its vehicles drop it when they are used next.
            self.changes += 1;
        } else {
            for &vehicle in room.key.interest.named() {
                if let Some(index) = table.index_of(vehicle) {
                    table.at_mut(index).rooms.drop_room(id, room.opened);
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
