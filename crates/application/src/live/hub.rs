//! Who wants what, at which pace.

mod followers;

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap, HashSet},
    mem,
    sync::Arc,
    time::Duration,
};

use domain::{AccessScope, GroupId};
use slab::Slab;

use super::{
    batch::{Batch, MAX_TRACES},
    dirty_set::DirtySet,
    event::LiveEvent,
    interest::{Interest, Topic},
    live_table::{LiveTable, LiveVehicle, VehicleIndex},
    mailbox::{FeedStatus, Mailbox},
    pace::Pace,
    roster::Roster,
    view::VehicleView,
};
use crate::{moment::Moment, trace::TraceParent};

pub(super) type RoomId = usize;
pub(super) type SubscriberId = usize;

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

/// What a call to [`Hub::serve`] did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Served {
    /// Views that were replaced by newer ones before a slow subscriber saw them.
    pub(super) conflated: u64,
    /// Mailboxes that got a whole new picture because too many events waited in them.
    pub(super) resyncs: u64,
}

/// Rooms and their members.
#[derive(Debug, Default)]
pub(super) struct Hub {
    rooms: Slab<Room>,
    room_of: HashMap<RoomKey, RoomId>,
    members: Slab<Member>,
    /// Those who follow the registry.
    followers: BTreeSet<SubscriberId>,
    due: BinaryHeap<Reverse<(u64, RoomId)>>,
}

impl Hub {
    /// Adds a subscriber without an interest.
    pub(super) fn join(
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
    pub(super) fn part(&mut self, id: SubscriberId, table: &mut LiveTable) {
        self.leave_room(id, table);
        self.followers.remove(&id);
        self.members.remove(id).mailbox.close();
    }

    pub(super) fn member_count(&self) -> usize {
        self.members.len()
    }

    pub(super) fn scope_of(&self, id: SubscriberId) -> &AccessScope {
        &self.members[id].key.scope
    }

    /// Serves a subscriber at another pace from now on.
    pub(super) fn change_interval(
        &mut self,
        id: SubscriberId,
        interval: Duration,
        table: &mut LiveTable,
        now: Moment,
    ) {
        let key = RoomKey {
            interval,
            ..self.members[id].key.clone()
        };
        self.move_to(id, key, Vec::new(), None, table, now);
    }

    /// Lets a subscriber see something else from now on: what it may not see any more is removed from its picture,
    /// what it may see now comes into it.
    pub(super) fn change_scope(
        &mut self,
        id: SubscriberId,
        scope: Arc<AccessScope>,
        table: &mut LiveTable,
        now: Moment,
    ) {
        let before = self.members[id].key.clone();
        let key = RoomKey {
            scope,
            ..before.clone()
        };
        if key.scope != before.scope
            && let Member {
                roster: Some(roster),
                mailbox,
                ..
            } = &mut self.members[id]
        {
            roster.scope_changed();
            mailbox.set_roster_due(true);
        }
        let mut lost = Vec::new();
        for index in candidates(&key.interest, table) {
            let vehicle = table.at_mut(index);
            let is_lost = vehicle.is_enabled && before.wants(vehicle) && !key.wants(vehicle);
            if is_lost && !vehicle.view().is_empty() {
                let vehicle_id = vehicle.id;
                lost.push(Arc::new(LiveEvent::VehicleRemoved { vehicle_id }));
            }
        }
        self.move_to(id, key, lost, None, table, now);
    }

    /// Adds a topic to what a subscriber wants. The current state of the vehicles that it names follows, also of those
    /// that another topic covers already; a topic of many vehicles that is there already changes nothing.
    pub(super) fn subscribe(&mut self, id: SubscriberId, topic: &Topic, table: &mut LiveTable, now: Moment) {
        let before = &self.members[id].key;
        let key = RoomKey {
            interest: before.interest.clone().with(topic),
            ..before.clone()
        };
        if key != *before {
            self.move_to(id, key, Vec::new(), Some(topic), table, now);
        } else if let Topic::Vehicle(vehicle) = topic {
            let shown: Vec<_> = table.index_of(*vehicle).into_iter().collect();
            let views = visible(&shown, &key, table);
            let picture = Batch::picture(now, Vec::new(), views, Vec::new());
            self.post(id, picture, table, now);
        }
    }

    /// Takes a topic away from what a subscriber wants. The vehicles that no other topic covers leave its picture; when
    /// no topic is left, nothing more is sent, and the subscriber forgets all.
    pub(super) fn unsubscribe(
        &mut self,
        id: SubscriberId,
        topic: &Topic,
        table: &mut LiveTable,
        now: Moment,
    ) {
        let before = self.members[id].key.clone();
        let key = RoomKey {
            interest: before.interest.clone().without(topic),
            ..before.clone()
        };
        let mut left = Vec::new();
        if !key.interest.is_empty() && key != before {
            for index in candidates_of(topic, table) {
                let vehicle = table.at_mut(index);
                let leaves = vehicle.is_enabled && before.wants(vehicle) && !key.wants(vehicle);
                if leaves && !vehicle.view().is_empty() {
                    let vehicle_id = vehicle.id;
                    left.push(Arc::new(LiveEvent::VehicleLeft { vehicle_id }));
                }
            }
        }
        self.move_to(id, key, left, None, table, now);
    }

    /// Moves a subscriber to the room of a key. It is a member of its new room before its first picture is taken, so
    /// nothing is missed between the two; the picture holds what it did not see before, what `shown` names, and what
    /// its old room still had for it. What waits in its mailbox and is no longer wanted is taken out, except for
    /// removals: the subscriber has those vehicles in its picture. `told` is told in any case.
    fn move_to(
        &mut self,
        id: SubscriberId,
        key: RoomKey,
        told: Vec<Arc<LiveEvent>>,
        shown: Option<&Topic>,
        table: &mut LiveTable,
        now: Moment,
    ) {
        if self.members[id].key == key {
            return;
        }
        let before = mem::replace(&mut self.members[id].key, key.clone());
        let mut pending = self.pending_for(id);
        self.leave_room(id, table);
        if key.interest.is_empty() {
            self.members[id].mailbox.clear();
            return;
        }
        self.enter_room(id, key.clone(), table);
        let is_wanted = |id| table.find(id).is_some_and(|vehicle| key.wants(vehicle));
        self.members[id].mailbox.retain(is_wanted);
        pending
            .events
            .retain(|event| is_wanted(event.vehicle_id()) || event.is_removal());
        pending.events.extend(told);
        let mut picture = candidates(&key.interest, table);
        picture.retain(|&index| {
            let vehicle = table.at(index);
            !before.wants(vehicle)
                || pending.vehicles.contains(&index)
                || shown.is_some_and(|topic| topic.names(vehicle.id, vehicle.kind))
        });
        let views = visible(&picture, &key, table);
        let batch = Batch::picture(now, pending.events, views, pending.traces);
        if !batch.is_empty() {
            self.post(id, batch, table, now);
        }
    }

    /// Puts a batch into one mailbox, which gets a whole new picture when it holds too many events by then.
    fn post(&self, id: SubscriberId, batch: Batch, table: &mut LiveTable, now: Moment) {
        let member = &self.members[id];
        let put = member.mailbox.put(&Arc::new(batch));
        if put.needs_resync
            && let Some(room) = member.room
        {
            member.mailbox.resync(self.rooms[room].picture(table, now));
        }
    }

    /// A vehicle was added: finds the rooms whose interest it is.
    pub(super) fn admit(&self, vehicle: &mut LiveVehicle) {
        vehicle.rooms = self
            .rooms
            .iter()
            .filter(|(_, room)| room.key.wants(vehicle))
            .map(|(id, _)| id)
            .collect();
    }

    /// A vehicle is in other groups now: for some it goes out of their picture, for others it comes into it.
    pub(super) fn regroup(
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

    /// Something that can be merged changed for a vehicle.
    pub(super) fn mark(&mut self, index: VehicleIndex, rooms: &[RoomId], now_us: u64) {
        for &id in rooms {
            let room = &mut self.rooms[id];
            room.dirty.insert(index);
            let due_us = room.pace.due_us(now_us);
            schedule(&mut self.due, room, id, due_us);
        }
    }

    /// The next frame of these rooms carries on a trace.
    pub(super) fn carry_trace(&mut self, rooms: &[RoomId], trace: TraceParent) {
        for &id in rooms {
            let traces = &mut self.rooms[id].traces;
            if traces.len() < MAX_TRACES {
                traces.push(trace);
            }
        }
    }

    /// Something happened to a vehicle that may not be merged: its watchers hear of it at once.
    pub(super) fn tell(&mut self, event: &Arc<LiveEvent>, rooms: &[RoomId], now_us: u64) {
        for &id in rooms {
            let room = &mut self.rooms[id];
            room.events.push(Arc::clone(event));
            schedule(&mut self.due, room, id, now_us);
        }
    }

    /// A vehicle is no longer to be seen: what was still to be said of it is not.
    pub(super) fn forget(&mut self, index: VehicleIndex, rooms: &[RoomId]) {
        for &id in rooms {
            self.rooms[id].dirty.remove(index);
        }
    }

    /// Tells everybody that the feed was lost or is back.
    pub(super) fn tell_feed(&self, feed: FeedStatus) {
        self.members
            .iter()
            .for_each(|(_, member)| member.mailbox.put_feed(feed));
    }

    /// Serves every room whose time has come.
    pub(super) fn serve(&mut self, table: &mut LiveTable, now: Moment) -> Served {
        let mut served = Served::default();
        while let Some(&Reverse((due_us, id))) = self.due.peek() {
            if due_us > now.uptime_us {
                break;
            }
            self.due.pop();
            let is_current = self.rooms.get(id).is_some_and(|room| room.due_us == Some(due_us));
            if is_current {
                self.serve_room(id, table, now, &mut served);
            }
        }
        served
    }

    /// When the next room is to be served, in microseconds of uptime.
    pub(super) fn next_due_us(&self) -> Option<u64> {
        self.due.peek().map(|Reverse((due_us, _))| *due_us)
    }

    fn serve_room(&mut self, id: RoomId, table: &mut LiveTable, now: Moment, served: &mut Served) {
        let room = &mut self.rooms[id];
        room.due_us = None;
        let positions_due_us = room.pace.due_us(now.uptime_us);
        let mut views = Vec::new();
        if positions_due_us <= now.uptime_us && !room.dirty.is_empty() {
            views.extend(room.dirty.iter().map(|index| table.at_mut(index).view()));
            // A change of status is no view while neither a position nor a state is known.
            views.retain(|view| !view.is_empty());
            room.dirty.clear();
            room.pace.served(now.uptime_us);
        }
        let traces = if views.is_empty() {
            Vec::new()
        } else {
            mem::take(&mut room.traces)
        };
        if !room.dirty.is_empty() {
            schedule(&mut self.due, room, id, positions_due_us);
        }
        let events = mem::take(&mut room.events);
        if views.is_empty() && events.is_empty() {
            return;
        }
        let batch = Arc::new(Batch::new(now, events, views, traces));
        for &member in &self.rooms[id].members {
            let member = &self.members[member];
            let put = member.mailbox.put(&batch);
            served.conflated += put.conflated;
            if put.needs_resync {
                served.resyncs += 1;
                member.mailbox.resync(self.rooms[id].picture(table, now));
            }
        }
    }

    fn pending_for(&self, id: SubscriberId) -> Pending {
        let Some(room) = self.members[id].room else {
            return Pending::default();
        };
        let room = &self.rooms[room];
        Pending {
            vehicles: room.dirty.iter().collect(),
            events: room.events.clone(),
            traces: room.traces.clone(),
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
            self.room_of.remove(&room.key);
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

/// What a room has not told its members yet.
#[derive(Debug, Default)]
struct Pending {
    vehicles: HashSet<VehicleIndex>,
    events: Vec<Arc<LiveEvent>>,
    traces: Vec<TraceParent>,
}

/// The vehicles that an interest may be in.
fn candidates(interest: &Interest, table: &LiveTable) -> Vec<VehicleIndex> {
    match interest.only_vehicles() {
        Some(ids) => ids.iter().filter_map(|&id| table.index_of(id)).collect(),
        None => table.iter().map(|(index, _)| index).collect(),
    }
}

/// The vehicles that a topic may name.
fn candidates_of(topic: &Topic, table: &LiveTable) -> Vec<VehicleIndex> {
    candidates(&Interest::default().with(topic), table)
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

/// Serves a room at `due_us`, unless it is served sooner anyway.
fn schedule(due: &mut BinaryHeap<Reverse<(u64, RoomId)>>, room: &mut Room, id: RoomId, due_us: u64) {
    if room.due_us.is_none_or(|planned| due_us < planned) {
        room.due_us = Some(due_us);
        due.push(Reverse((due_us, id)));
    }
}
