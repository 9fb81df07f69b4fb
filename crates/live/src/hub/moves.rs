//! Changes of what a subscriber sees: its pace, its scope, its topics.
//!
//! Each is a move from one room to another. The order of the steps of such a move is the point: nothing may be missed between
//! the rooms, and nothing may be delivered that is no longer wanted.

use std::{mem, sync::Arc, time::Duration};

use domain::AccessScope;

use super::{
    Hub, Member, RoomKey, SubscriberId,
    walk::{Sift, Sight, goodbye},
};
use crate::{
    batch::Batch,
    event::LiveEvent,
    indices::VehicleIndex,
    interest::{Interest, Topic},
    live_table::{LiveTable, TableCursor},
    mailbox::WalkTurn,
    moment::Moment,
    trace::TraceParent,
};

/// Changes that a room has not delivered to its members yet.
#[derive(Debug, Default)]
struct Pending {
    vehicles: Vec<VehicleIndex>,
    events: Vec<Arc<LiveEvent>>,
    traces: Vec<TraceParent>,
}

/// Vehicles and events that a move delivers beside the difference between the two rooms.
#[derive(Debug, Default)]
struct Beside {
    /// Vehicles that are shown in any case.
    shown: Vec<VehicleIndex>,
    /// Topics whose vehicles are shown in any case.
    again: Interest,
    /// Events that are told in any case.
    told: Vec<Arc<LiveEvent>>,
}

impl Hub {
    /// Serves a subscriber at another pace from now on.
    pub(crate) fn change_interval(
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
        self.move_to(id, key, Beside::default(), table, now);
    }

    /// Lets a subscriber see something else from now on: what it may not see any more is removed from its picture,
    /// what it may see now comes into it.
    pub(crate) fn change_scope(
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
        let mut beside = Beside::default();
        let wide = key.interest.wide_part();
        for vehicle in key.interest.named() {
            let Some(index) = table.index_of(*vehicle) else {
                continue;
            };
            let vehicle = table.at_mut(index);
            if wide.wants(vehicle.id, vehicle.kind) || !vehicle.is_enabled {
                continue;
            }
            match (before.wants(vehicle), key.wants(vehicle)) {
                (true, false) if !vehicle.view().is_empty() => {
                    beside.told.push(Arc::new(goodbye(&key, vehicle)));
                }
                (false, true) => beside.shown.push(index),
                _ => {}
            }
        }
        self.move_to(id, key, beside, table, now);
    }

    /// Adds a topic to what a subscriber wants. The current state of the vehicles that it names follows, also of those
    /// that another topic covers already; a topic of many vehicles that is there already changes nothing.
    pub(crate) fn subscribe(&mut self, id: SubscriberId, topic: &Topic, table: &mut LiveTable, now: Moment) {
        let before = &self.members[id].key;
        let key = RoomKey {
            interest: before.interest.clone().with(topic),
            ..before.clone()
        };
        let mut beside = Beside::default();
        match topic {
            Topic::Vehicle(vehicle) => beside.shown.extend(table.index_of(*vehicle)),
            Topic::All | Topic::Type(_) => beside.again = Interest::default().with(topic),
        }
        if key != *before {
            self.move_to(id, key, beside, table, now);
        } else if let Topic::Vehicle(_) = topic {
            let mut walk = self.members[id].walk.take().unwrap_or_default();
            beside
                .shown
                .into_iter()
                .for_each(|index| _ = walk.shown.insert(index));
            self.step(id, walk, Batch::nothing(now), table);
        }
    }

    /// Takes a topic away from what a subscriber wants. The vehicles that no other topic covers leave its picture; when
    /// no topic is left, nothing more is sent, and the subscriber forgets all.
    pub(crate) fn unsubscribe(
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
        let mut beside = Beside::default();
        if let Topic::Vehicle(vehicle) = topic
            && let Some(index) = table.index_of(*vehicle)
        {
            let vehicle = table.at_mut(index);
            let leaves = vehicle.is_enabled && before.wants(vehicle) && !key.wants(vehicle);
            if leaves && !vehicle.view().is_empty() {
                beside.told.push(Arc::new(goodbye(&key, vehicle)));
            }
        }
        self.move_to(id, key, beside, table, now);
    }

    /// Moves a subscriber to the room of a key. It is a member of its new room before its picture is compared with that, so
    /// nothing is missed between the two. Its picture then gets the vehicles that it did not see before, those that `beside`
    /// names, and whatever its old room still had for it. What waits in its mailbox and is no longer wanted is taken out,
    /// except for removals: the subscriber has those vehicles in its picture.
    fn move_to(
        &mut self,
        id: SubscriberId,
        key: RoomKey,
        beside: Beside,
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
            // What waits for a member without a topic is the removal that took its last one: it may not be lost when the
            // grant goes with the vehicle.
            if !before.interest.is_empty() {
                let member = &mut self.members[id];
                member.walk = None;
                member.mailbox.set_walk_turn(WalkTurn::None);
                member.mailbox.clear();
                self.walking.remove(&id);
            }
            return;
        }
        self.enter_room(id, table);
        let is_wanted = |id| table.find(id).is_some_and(|vehicle| key.wants(vehicle));
        pending
            .events
            .retain(|event| is_wanted(event.vehicle_id()) || event.is_removal());
        pending.events.extend(beside.told);

        let mut walk = self.members[id].walk.take().unwrap_or_default();
        pending
            .vehicles
            .into_iter()
            .chain(beside.shown)
            .for_each(|index| _ = walk.shown.insert(index));
        let is_narrower = key.scope != before.scope || !before.interest.is_within(&key.interest);
        if is_narrower {
            walk.sift = Some(Sift::Begin);
        }
        let sight = Sight::of(&before);
        if sight != Sight::of(&key) {
            walk.next = Some(TableCursor::START);
            walk.again = mem::take(&mut walk.again).and(&beside.again);
            if !walk.before.contains(&sight) {
                walk.before.push(sight);
            }
        }
        let told = Batch::snapshot(now, pending.events, Vec::new(), pending.traces);
        self.step(id, walk, told, table);
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
}
