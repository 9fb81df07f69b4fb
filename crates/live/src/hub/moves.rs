//! Changes to a subscriber's pace, scope and topics.
//!
//! Each is a move from one room to another. The order of the steps of a move matters: no change may be lost between
//! the two rooms, and nothing may be delivered that is no longer wanted.

use std::{mem, sync::Arc, time::Duration};

use domain::AccessScope;

use super::{
    Hub, Member, RoomKey, SubscriberId,
    walk::{Sight, leave_event},
};
use crate::{
    batch::Batch,
    event::LiveEvent,
    filter::SharedFilter,
    indices::VehicleIndex,
    interest::{Interest, Topic},
    live_table::LiveTable,
    mailbox::{Sift, WalkTurn},
    moment::Moment,
    pace::DeliveryMode,
    traced::TracedMessage,
};

/// Changes that a room has not delivered to its members yet.
#[derive(Debug, Default)]
struct Pending {
    vehicles: Vec<VehicleIndex>,
    events: Vec<Arc<LiveEvent>>,
    traces: Vec<TracedMessage>,
}

/// Vehicles and events that a move delivers in addition to the difference between the two rooms.
#[derive(Debug, Default)]
struct Beside {
    /// Vehicles that are sent even if the subscriber's view already has them.
    shown: Vec<VehicleIndex>,
    /// Topics whose vehicles are sent even if the subscriber's view already has them.
    again: Interest,
    /// Events that are sent in any case.
    events: Vec<Arc<LiveEvent>>,
}

impl Hub {
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

    pub(crate) fn change_mode(
        &mut self,
        id: SubscriberId,
        mode: DeliveryMode,
        table: &mut LiveTable,
        now: Moment,
    ) {
        let key = RoomKey {
            mode,
            ..self.members[id].key.clone()
        };
        self.move_to(id, key, Beside::default(), table, now);
    }

    /// Changes the scope of a subscriber. Vehicles that the new scope does not cover are removed from its view;
    /// vehicles that it newly covers are added.
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
        // The registry is followed independently of topics, so the roster changes its scope even if there is no topic.
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
        // The walk of the move finds the difference for vehicles of wide topics, and for all vehicles of a key with
        // filters. Otherwise, vehicles that are only named by their ids are not part of a `Sight`, so they are compared
        // here.
        let wide = key.interest.wide_part();
        let named = key.interest.named().iter().filter(|_| !key.is_filtered());
        for vehicle in named {
            let Some(index) = table.index_of(*vehicle) else {
                continue;
            };
            let vehicle = table.at_mut(index);
            if vehicle.is_covered_by(&wide, &key.scope) || !vehicle.is_enabled {
                continue;
            }
            match (before.wants(vehicle), key.wants(vehicle)) {
                (true, false) if !vehicle.view().is_empty() => {
                    beside.events.push(Arc::new(leave_event(&key, vehicle)));
                }
                (false, true) => beside.shown.push(index),
                _ => {}
            }
        }
        self.move_to(id, key, beside, table, now);
    }

    /// Returns `true` if a subscriber would have more than `limit` topics with this one.
    pub(crate) fn exceeds(&self, id: SubscriberId, topic: &Topic, limit: usize) -> bool {
        let interest = &self.members[id].key.interest;
        interest.len() >= limit && !interest.has(topic)
    }

    /// Adds a topic to a subscriber, and sends the current state of the topic's vehicles, including those that another
    /// topic already covers. If the subscriber already has a topic of many vehicles, only the difference between the
    /// filters is sent.
    pub(crate) fn subscribe(
        &mut self,
        id: SubscriberId,
        topic: &Topic,
        filter: SharedFilter,
        table: &mut LiveTable,
        now: Moment,
    ) {
        let before = &self.members[id].key;
        let key = RoomKey {
            interest: before.interest.clone().with_filtered(topic, filter.clone()),
            ..before.clone()
        };
        let mut beside = Beside::default();
        match topic {
            Topic::Vehicle(vehicle) => beside.shown.extend(table.index_of(*vehicle)),
            Topic::All | Topic::Type(_) | Topic::Group(_) if before.interest.has(topic) => {}
            Topic::All | Topic::Type(_) | Topic::Group(_) => {
                beside.again = Interest::default().with_filtered(topic, filter);
            }
        }
        if key != *before {
            self.move_to(id, key, beside, table, now);
        } else if let Topic::Vehicle(_) = topic {
            // The subscriber stays in its room; only the current view of the vehicle is sent again.
            self.catch_up(id);
            let mut walk = self.members[id].walk.take().unwrap_or_default();
            beside
                .shown
                .into_iter()
                .for_each(|index| _ = walk.shown.insert(index));
            self.step(id, walk, Batch::nothing(now), table);
        }
    }

    /// Removes a topic from a subscriber. The vehicles that no other topic covers leave its view. When no topic is
    /// left, nothing more is sent, and the subscriber is expected to discard its view.
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
        // The walk of a key with filters compares individual vehicles as well.
        if let Topic::Vehicle(vehicle) = topic
            && !before.is_filtered()
            && let Some(index) = table.index_of(*vehicle)
        {
            let vehicle = table.at_mut(index);
            // Individual vehicles are not part of a `Sight`, so the move starts no walk that would find the removal.
            let leaves = vehicle.is_enabled && before.wants(vehicle) && !key.wants(vehicle);
            if leaves && !vehicle.view().is_empty() {
                beside.events.push(Arc::new(leave_event(&key, vehicle)));
            }
        }
        self.move_to(id, key, beside, table, now);
    }

    /// Moves a subscriber to the room of a key. The subscriber becomes a member of the new room before its view is
    /// compared with that room, so every later change reaches it. Its view then gets the vehicles that it lacked,
    /// those of `beside`, and everything that the old room had not delivered yet. Waiting messages that are no longer
    /// wanted are dropped, except for removals: the subscriber still has those vehicles in its view.
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
        // Copied before the room is left: a room closes when its last member leaves, and its undelivered changes are
        // lost.
        let mut pending = self.pending_for(id);
        let sight = self.sight_of(id, &before, &key);
        self.leave_room(id, table);
        if key.interest.is_empty() {
            // If the interest was empty before, the mailbox may hold the removal of the vehicle whose deletion ended
            // the last topic. The deletion also withdraws grants on the vehicle, and the resulting change of scope must
            // not drop the removal.
            if !before.interest.is_empty() {
                let member = &mut self.members[id];
                member.walk = None;
                member.mailbox.set_walk_turn(WalkTurn::None);
                self.discarded.push(member.mailbox.clear());
                self.walking.remove(&id);
            }
            return;
        }
        self.enter_room(id, table);
        let is_wanted = |id| table.find(id).is_some_and(|vehicle| key.wants(vehicle));
        pending
            .events
            .retain(|event| is_wanted(event.vehicle_id()) || event.is_removal());
        pending.events.extend(beside.events);

        let mut walk = self.members[id].walk.take().unwrap_or_default();
        pending
            .vehicles
            .into_iter()
            .chain(beside.shown)
            .for_each(|index| _ = walk.shown.insert(index));
        // Only a key that covers less can make waiting messages unwanted.
        let is_narrower = key.scope != before.scope || !before.interest.is_within(&key.interest);
        if is_narrower {
            walk.sift = Some(Sift::Begin);
        }
        // The vehicles of a room with filters are not known from its key, so every move into one compares the whole
        // table, even if only the pace has changed.
        if key.is_filtered() || sight != Sight::of(&key) {
            // The topics of an interrupted walk are kept: it may not have reached their vehicles.
            walk.again = mem::take(&mut walk.again).and(&beside.again);
            walk.restart(sight, &before.scope, table.appearances());
        }
        let batch = Batch::snapshot(now, pending.events, Vec::new(), pending.traces);
        self.step(id, walk, batch, table);
    }

    /// Returns the vehicles that a subscriber with the key `before` has in its view, or will have when its walk is
    /// complete. Individual vehicles are included if the walk to the next key compares them.
    fn sight_of(&self, id: SubscriberId, before: &RoomKey, next: &RoomKey) -> Sight {
        let room = self.members[id].room.map(|room| &self.rooms[room]);
        match room.and_then(|room| room.shown.as_ref()) {
            Some(shown) => Sight::Sent(shown.clone()),
            None if next.is_filtered() => Sight::Covered {
                interest: before.interest.clone(),
                scope: Arc::clone(&before.scope),
            },
            None => Sight::of(before),
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
}
