//! Changes of what a subscriber sees: its pace, its scope, its topics.
//!
//! Each is a move from one room to another. The order of the steps of such a move is the point: nothing may be missed between
//! the rooms, and nothing may be delivered that is no longer wanted.

use std::{collections::HashSet, mem, sync::Arc, time::Duration};

use domain::AccessScope;

use super::{Hub, Member, RoomKey, SubscriberId, candidates, visible};
use crate::{
    batch::Batch,
    event::LiveEvent,
    indices::VehicleIndex,
    interest::{Interest, Topic},
    live_table::LiveTable,
    moment::Moment,
    trace::TraceParent,
};

/// What a room has not told its members yet.
#[derive(Debug, Default)]
struct Pending {
    vehicles: HashSet<VehicleIndex>,
    events: Vec<Arc<LiveEvent>>,
    traces: Vec<TraceParent>,
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
        self.move_to(id, key, Vec::new(), None, table, now);
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
    pub(crate) fn subscribe(&mut self, id: SubscriberId, topic: &Topic, table: &mut LiveTable, now: Moment) {
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
            // What waits for a member without a topic is the removal that took its last one: it may not be lost when the
            // grant goes with the vehicle.
            if !before.interest.is_empty() {
                self.members[id].mailbox.clear();
            }
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

/// The vehicles that a topic may name.
fn candidates_of(topic: &Topic, table: &LiveTable) -> Vec<VehicleIndex> {
    candidates(&Interest::default().with(topic), table)
}
