//! Walks over the table, which bring a subscriber's view in line with its interest and scope.
//!
//! A subscriber becomes a member of its new room at once, and from then on receives every change there. The differences
//! between the room and the subscriber's view follow in steps, between which the lock is released: vehicles that the
//! view lacks are sent, and vehicles that the room does not cover are removed. A step is performed when the subscriber
//! takes its messages; the first step is part of the move itself, and is the only one in a fleet of a few hundred
//! vehicles.
//!
//! A step reads the table as it is at that time. Its views are therefore at least as new as those that wait in the
//! mailbox, and no newer than those that the room delivers later.

use std::{mem, sync::Arc};

use domain::AccessScope;

use super::{
    Hub, Member, SubscriberId,
    walk::{Found, Walk},
};
use crate::{
    batch::Batch,
    dirty_set::DirtySet,
    event::LiveEvent,
    indices::{RoomId, VehicleIndex},
    interest::Interest,
    live_table::{LiveTable, TableCursor},
    mailbox::WalkTurn,
    moment::Moment,
};

impl Hub {
    /// Performs the next step of a subscriber's walk, if there is a walk.
    pub(crate) fn advance(&mut self, id: SubscriberId, table: &mut LiveTable, now: Moment) {
        // Before the walk is taken, because this may start a resync, which restarts the walk.
        self.catch_up(id);
        let Some(walk) = self.members[id].walk.take() else {
            self.members[id].mailbox.set_walk_turn(WalkTurn::None);
            return;
        };
        self.step(id, walk, Batch::nothing(now), table);
    }

    /// Performs a step of a walk, adds its results to `batch`, and posts the batch.
    pub(super) fn step(
        &mut self,
        id: SubscriberId,
        mut walk: Box<Walk>,
        mut batch: Batch,
        table: &mut LiveTable,
    ) {
        let member = &self.members[id];
        let (key, room) = (&member.key, member.room);
        let mut found = Found::default();
        // Waiting messages first: until all are checked against the key, a message that the subscriber may no longer
        // see could be taken.
        if let Some(sift) = walk.sift {
            let is_wanted = |id| table.find(id).is_some_and(|vehicle| key.wants(vehicle));
            walk.sift = member.mailbox.sift(sift, self.limits.visits, is_wanted);
        }
        if walk.sift.is_none() {
            let mut left = self.limits.visits;
            for index in walk.shown.take(left) {
                left -= 1;
                // By now the index may be free, or belong to another vehicle, which is shown only if the key covers it.
                let vehicle = table.get_mut(index).filter(|vehicle| vehicle.is_enabled);
                if let Some(vehicle) = vehicle.filter(|vehicle| key.wants(vehicle)) {
                    found.named.insert(index);
                    found.show(index, vehicle);
                }
            }
            if let Some(from) = walk.next
                && left > 0
            {
                // `visits` bounds the vehicles of the whole step, those of `shown` included.
                walk.next = table.visit(from, left, |index, vehicle| {
                    walk.visit(key, index, vehicle, &mut found)
                });
            }
        }
        let turn = match (&walk.sift, walk.is_over()) {
            (Some(_), _) => WalkTurn::First,
            (None, false) => WalkTurn::Alternate,
            (None, true) => WalkTurn::None,
        };
        member.mailbox.set_walk_turn(turn);
        if let Some(room) = room {
            for index in found.seen {
                self.note_shown(room, index, table.at_mut(index));
            }
            self.note_progress(id, room, turn != WalkTurn::None);
        }
        batch.events.append(&mut found.events);
        batch.views.append(&mut found.views);
        batch.keep_shown_traces();
        if turn == WalkTurn::None {
            self.walking.remove(&id);
        } else {
            self.walking.insert(id);
            // Stored before the batch is posted: the post may start a resync, which restarts this walk.
            self.members[id].walk = Some(walk);
        }
        if !batch.is_empty() {
            self.post(id, batch);
        }
    }

    /// Determines which deliveries of its room a subscriber needs in full, after a step of its walk.
    fn note_progress(&mut self, id: SubscriberId, room: RoomId, is_walking: bool) {
        let room = &self.rooms[room];
        self.members[id].full_until = if is_walking {
            u64::MAX
        } else if room.dirty.len() > room.in_delivery {
            // The subscriber may have received views that are newer than the bases of the next delivery.
            room.deliveries + 1
        } else {
            // Vehicles that do not wait have not changed since the room's last delivery, so their bases are up to date.
            room.deliveries
        };
    }

    /// Puts a batch into one mailbox.
    fn post(&mut self, id: SubscriberId, batch: Batch) {
        let put = self.members[id].mailbox.put(&Arc::new(batch));
        self.served.conflated += put.conflated;
        if put.needs_resync {
            self.resync(id);
        }
    }

    /// Restarts the view of a subscriber, because too many events are waiting for it. All waiting batches are dropped,
    /// except for their removals: a snapshot does not show which vehicles are gone.
    pub(super) fn resync(&mut self, id: SubscriberId) {
        self.served.resyncs += 1;
        let Member { mailbox, walk, .. } = &mut self.members[id];
        self.discarded.push(mailbox.start_anew());
        // An unfinished walk knows which vehicles may still have to be removed, so it is kept and starts over.
        let walk = walk.get_or_insert_default();
        // Only removals wait now, which need no check.
        walk.sift = None;
        // The walk over the whole table sends these vehicles as well.
        walk.shown = DirtySet::default();
        walk.next = Some(TableCursor::START);
        walk.again = Interest::everything();
        mailbox.set_walk_turn(WalkTurn::Alternate);
        self.members[id].full_until = u64::MAX;
        self.walking.insert(id);
    }

    /// Queues a vehicle whose groups changed for every walking subscriber; those that cannot see it skip it. The
    /// earlier sights of a walk no longer show whether the subscriber has the vehicle in its view, because they are
    /// compared with the new groups.
    pub(super) fn show_to_walkers(&mut self, index: VehicleIndex) {
        for &id in &self.walking {
            if let Some(walk) = &mut self.members[id].walk
                // Once the comparison is complete, the events of the room keep the view up to date.
                && walk.next.is_some()
            {
                walk.shown.insert(index);
            }
        }
    }

    /// Posts the removal of a vehicle to the subscribers whose unfinished walks may have left it in their views. Their
    /// rooms do not cover the vehicle, or have not sent it yet, so the rooms do not deliver its removal. `event`
    /// creates the event for a scope. Called before the vehicle becomes invisible.
    pub(crate) fn note_removal_for_walks(
        &mut self,
        index: VehicleIndex,
        table: &LiveTable,
        now: Moment,
        event: impl Fn(&AccessScope) -> LiveEvent,
    ) {
        if self.walking.is_empty() {
            return;
        }
        let vehicle = table.at(index);
        // The set is copied, because posting may start a resync, which changes it.
        let mut concerned = mem::take(&mut self.walking);
        let all = concerned.clone();
        concerned.retain(|&id| {
            let Member { walk, key, room, .. } = &mut self.members[id];
            let shown = room.and_then(|room| self.rooms[room].shown.as_ref());
            // The removal must not overtake earlier events of the vehicle, which wait in the room.
            let is_removed_by_room = shown.is_some_and(|shown| shown.contains(&index));
            walk.as_mut().is_some_and(|walk| {
                let may_show = !is_removed_by_room && walk.may_show(key, index, vehicle);
                walk.forget(index);
                may_show
            })
        });
        self.walking = all;
        for id in concerned {
            self.catch_up(id);
            let events = vec![Arc::new(event(&self.members[id].key.scope))];
            self.post(id, Batch::snapshot(now, events, Vec::new(), Vec::new()));
        }
    }
}
