//! Rooms: subscribers that share an interest, a scope and a pace also share the work and the encoded bytes.
//!
//! This file contains the rooms and their members. `membership` and `filtered` find the rooms of a vehicle, `moves`
//! changes what a subscriber sees, `walks` brings the subscriber's view in line with that, `serving` and `handout` fill
//! the mailboxes, `topics` ends the subscriptions to deleted vehicles, and `followers` serves the subscribers that
//! follow the registry.

mod area_index;
mod filtered;
mod followers;
mod handout;
mod membership;
mod moves;
mod room_key;
mod serving;
mod topics;
mod walk;
mod walks;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet},
    mem,
    sync::Arc,
    time::Duration,
};

use domain::{AccessScope, VehicleId};
use slab::Slab;

use self::{area_index::FilteredRooms, handout::Handout, room_key::RoomKey, walk::Walk};
use crate::{
    dirty_set::DirtySet,
    event::LiveEvent,
    indices::{RoomId, SubscriberId, VehicleIndex},
    interest::Interest,
    live_table::LiveTable,
    mailbox::{Discarded, Mailbox},
    membership::RoomRef,
    pace::{DeliveryMode, Pace},
    roster::Roster,
    traced::TracedMessage,
    view::VehicleView,
};

/// Subscribers that see the same vehicles at the same pace.
#[derive(Debug)]
struct Room {
    key: RoomKey,
    /// Serial number of the room. It distinguishes the room from a later one in the same slot.
    opened: u64,
    members: Vec<SubscriberId>,
    /// The vehicles that members may have in their views; `None` if no topic has a filter, so that the key alone
    /// decides.
    shown: Option<HashSet<VehicleIndex>>,
    /// For each vehicle, the last view that every member has or will have received, except for members that have no
    /// view of the vehicle; `None` if views are delivered in full.
    bases: Option<HashMap<VehicleIndex, Arc<VehicleView>>>,
    /// Number of deliveries of positions that have begun.
    deliveries: u64,
    /// Value of [`Hub::accepted`] when the last of these deliveries began, or when the room was opened.
    begun_at: u64,
    /// Value of `begun_at` before the last delivery. The data of messages up to this number is not new in that
    /// delivery.
    known: u64,
    dirty: DirtySet,
    /// Length of the prefix of `dirty` that belongs to the delivery under way.
    in_delivery: usize,
    /// The last batch, until every member has received it. The next batch waits for that.
    handout: Option<Handout>,
    events: Vec<Arc<LiveEvent>>,
    /// Traced messages whose data is waiting in `dirty`, or has been replaced by newer data.
    traces: Vec<TracedMessage>,
    pace: Pace,
    /// Time at which the room is served next. An entry of [`Hub::due`] with any other time is obsolete.
    due_us: Option<u64>,
}

impl Room {
    /// Returns a reference to this room, whose index is `id`, for the vehicles' lists of rooms.
    const fn reference(&self, id: RoomId) -> RoomRef {
        RoomRef {
            id,
            opened: self.opened,
        }
    }
}

#[derive(Debug)]
struct Member {
    mailbox: Arc<Mailbox>,
    key: RoomKey,
    /// The subscriber's room; `None` while its interest is empty.
    room: Option<RoomId>,
    /// Remaining work until the subscriber's view agrees with its key; `None` if it does.
    walk: Option<Box<Walk>>,
    /// Number of the room's last delivery that the subscriber needs in full, because its view does not agree with the
    /// room's bases until then.
    full_until: u64,
    /// The subscriber's knowledge of the registry; `None` if it does not follow the registry.
    roster: Option<Box<Roster>>,
    /// The state of the feed that was last queued for the subscriber. A new subscriber assumes that the feed is up.
    is_feed_up: bool,
}

/// Rooms and their members.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    rooms: Slab<Room>,
    /// The room that a subscriber enters when it gets a key. Other rooms may have the same key, because the end of a
    /// topic changes the key of a room.
    room_of: HashMap<RoomKey, RoomId>,
    /// The rooms whose interest names a vehicle by its id.
    naming: HashMap<VehicleId, BTreeSet<RoomId>>,
    /// The rooms whose interest covers more than individual vehicles and has no filter, by their serial numbers.
    wide: BTreeMap<u64, RoomId>,
    /// The rooms whose interest has a filter.
    filtered: FilteredRooms,
    /// Number of times that a room was opened, or a wide room or one with filters was closed.
    changes: u64,
    members: Slab<Member>,
    /// The members whose views do not agree with their keys yet.
    walking: BTreeSet<SubscriberId>,
    followers: BTreeSet<SubscriberId>,
    due: BinaryHeap<Reverse<(u64, RoomId)>>,
    /// Number of messages that the core has accepted, which is also the number of the last of them.
    pub(crate) accepted: u64,
    /// Counters since the last tick.
    served: Served,
    /// Messages and bases to be freed after the lock is released.
    discarded: Vec<Discarded>,
    pub(crate) limits: Limits,
}

/// Counters of one tick, and of everything since the tick before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Views that newer views or removals replaced before a slow subscriber took them.
    pub conflated: u64,
    /// Mailboxes that restart with a new snapshot because too many events waited in them.
    pub resyncs: u64,
}

/// Bounds on the work of one call, so that the lock is never held for long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Maximum number of vehicles that one step of a walk visits.
    pub(crate) visits: usize,
    /// Maximum number of vehicles in one batch, so that the size of a frame does not grow with the fleet.
    pub(crate) views: usize,
    /// Number of units of work after which [`Hub::serve`] returns although more is due. A unit is a view that is added
    /// to a batch, a batch that is put into a mailbox, or an event or a view that a mailbox merges. The last step may
    /// exceed the number, by one batch or by the batches that one mailbox merges at a time. A unit takes less than
    /// 0.2 µs, so serving takes about 0.5 ms at most.
    pub(crate) work: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            visits: 500,
            views: 1_000,
            work: 1_000,
        }
    }
}

impl Hub {
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
            mode: DeliveryMode::default(),
        };
        self.members.insert(Member {
            mailbox,
            key,
            room: None,
            walk: None,
            full_until: 0,
            roster: None,
            is_feed_up: true,
        })
    }

    pub(crate) fn take_discarded(&mut self) -> Vec<Discarded> {
        mem::take(&mut self.discarded)
    }

    /// Removes a subscriber and closes its mailbox.
    pub(crate) fn part(&mut self, id: SubscriberId, table: &mut LiveTable) {
        // The room is left first: it must not list a member whose slot the next subscriber reuses.
        self.leave_room(id, table);
        self.followers.remove(&id);
        self.walking.remove(&id);
        self.members.remove(id).mailbox.close();
    }

    pub(crate) fn member_count(&self) -> usize {
        self.members.len()
    }

    /// Counts those members at up to `limit` places that `is_counted` selects and whose mailboxes contain merged
    /// deliveries. Returns the count and where to continue; `None` at the end.
    pub(crate) fn count_slow_members(
        &self,
        from: SubscriberId,
        limit: usize,
        is_counted: impl Fn(SubscriberId) -> bool,
    ) -> (usize, Option<SubscriberId>) {
        let end = self.members.capacity();
        let to = from.saturating_add(limit).min(end);
        let is_slow = |member: &&Member| member.mailbox.is_behind();
        let counted = (from..to).filter(|&id| is_counted(id));
        let members = counted.filter_map(|place| self.members.get(place));
        (members.filter(is_slow).count(), (to < end).then_some(to))
    }

    pub(crate) fn room_count(&self) -> usize {
        self.rooms.len()
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
            shown: key.is_filtered().then(HashSet::new),
            bases: (key.mode == DeliveryMode::Delta).then(HashMap::new),
            deliveries: 0,
            begun_at: self.accepted,
            known: self.accepted,
            dirty: DirtySet::default(),
            in_delivery: 0,
            handout: None,
            events: Vec::new(),
            traces: Vec::new(),
            pace,
            due_us: None,
        });
        if key.is_filtered() {
            self.filtered.add(id, &key.interest);
        } else if key.interest.is_wide() {
            // Not added to its vehicles here, which would require a visit to the whole table: `settle` adds it to each
            // vehicle when the vehicle is next used.
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
        // The subscriber must not miss the room's last batch, whose changes no longer wait in the room.
        self.catch_up(id);
        let Some(room_id) = self.members[id].room.take() else {
            return;
        };
        let room = &mut self.rooms[room_id];
        if let Some(place) = room.members.iter().position(|&member| member == id) {
            room.members.remove(place);
            if let Some(handout) = &mut room.handout {
                handout.forget(place);
            }
        }
        if room.members.is_empty() {
            self.close_room(room_id, table);
        }
    }

    fn close_room(&mut self, id: RoomId, table: &mut LiveTable) {
        let mut room = self.rooms.remove(id);
        self.discard_bases(&mut room);
        self.close_entrance(id, &room.key);
        for vehicle in room.key.interest.named() {
            if let Some(rooms) = self.naming.get_mut(vehicle) {
                rooms.remove(&id);
                if rooms.is_empty() {
                    self.naming.remove(vehicle);
                }
            }
        }
        if room.shown.is_some() {
            self.filtered.remove(id, &room.key.interest);
            self.changes += 1;
        } else if self.wide.remove(&room.opened).is_some() {
            // Vehicles still list the room. They drop it when their list is next brought up to date, instead of all
            // at once.
            self.changes += 1;
        } else {
            for &vehicle in room.key.interest.named() {
                if let Some(index) = table.index_of(vehicle) {
                    table.at_mut(index).rooms.drop_room(id, room.opened);
                }
            }
        }
    }

    fn discard_bases(&mut self, closed: &mut Room) {
        self.discarded.extend(closed.bases.take().map(Discarded::bases));
    }

    /// Removes the entry of `room` from `room_of`, unless the key leads to another room.
    fn close_entrance(&mut self, room: RoomId, key: &RoomKey) {
        if self.room_of.get(key) == Some(&room) {
            self.room_of.remove(key);
        }
    }
}
