//! Walks over the table, by which a subscriber's picture is brought in step with its interest and scope.
//!
//! A subscriber is a member of its new room at once, and hears from then on of whatever changes there. The vehicles that the
//! room shows and its picture lacks, and those that its picture has and the room does not show, follow in steps, so that the
//! lock is free in between however many vehicles there are. A step is made when the subscriber takes what waits for it; the
//! first is made with the move itself, which is all there is to do in a fleet of a few hundred vehicles.
//!
//! A step reads the table as it is by then. Its views are therefore newer than all that waits in the mailbox, and older than
//! all that the room delivers later.

use std::{mem, sync::Arc};

use super::{
    Hub, Member, SubscriberId,
    walk::{Found, Sift, Walk},
};
use crate::{
    batch::Batch,
    dirty_set::DirtySet,
    event::LiveEvent,
    indices::VehicleIndex,
    interest::Interest,
    live_table::{LiveTable, TableCursor},
    mailbox::WalkTurn,
    moment::Moment,
};

impl Hub {
    /// Makes the next step of a subscriber's walk, if it is on one.
    pub(crate) fn advance(&mut self, id: SubscriberId, table: &mut LiveTable, now: Moment) {
        let Some(walk) = self.members[id].walk.take() else {
            self.members[id].mailbox.set_walk_turn(WalkTurn::None);
            return;
        };
        self.step(id, walk, Batch::nothing(now), table);
    }

    /// Makes a step of a walk and posts what it finds, behind what is to be told in any case.
    pub(super) fn step(
        &mut self,
        id: SubscriberId,
        mut walk: Box<Walk>,
        mut told: Batch,
        table: &mut LiveTable,
    ) {
        let member = &self.members[id];
        let key = &member.key;
        let mut found = Found::default();
        if let Some(sift) = walk.sift {
            let from = match sift {
                Sift::Begin => None,
                Sift::From(vehicle) => Some(vehicle),
            };
            let is_wanted = |id| table.find(id).is_some_and(|vehicle| key.wants(vehicle));
            walk.sift = member
                .mailbox
                .sift(from, self.limits.visits, is_wanted)
                .map(Sift::From);
        }
        if walk.sift.is_none() {
            let mut left = self.limits.visits;
            for index in walk.shown.take(left) {
                left -= 1;
                let vehicle = table.get_mut(index).filter(|vehicle| vehicle.is_enabled);
                if let Some(vehicle) = vehicle.filter(|vehicle| key.wants(vehicle)) {
                    found.named.insert(index);
                    found.show(vehicle);
                }
            }
            if let Some(from) = walk.next
                && left > 0
            {
                walk.next = table.visit(from, left, |index, vehicle| {
                    walk.visit(key, index, vehicle, &mut found)
                });
            }
        }
        told.events.append(&mut found.events);
        told.views.append(&mut found.views);
        let turn = match (&walk.sift, walk.is_over()) {
            (Some(_), _) => WalkTurn::First,
            (None, false) => WalkTurn::Alternate,
            (None, true) => WalkTurn::None,
        };
        member.mailbox.set_walk_turn(turn);
        if turn == WalkTurn::None {
            self.walking.remove(&id);
        } else {
            self.walking.insert(id);
            self.members[id].walk = Some(walk);
        }
        if !told.is_empty() {
            self.post(id, told);
        }
    }

    /// Puts a batch into one mailbox.
    fn post(&mut self, id: SubscriberId, batch: Batch) {
        if self.members[id].mailbox.put(&Arc::new(batch)).needs_resync {
            self.resync(id);
        }
    }

    /// Lets the picture of a subscriber start anew, because too many events wait for it. What waits is dropped, except for
    /// removals: a picture does not show what is gone.
    pub(super) fn resync(&mut self, id: SubscriberId) {
        let Member { mailbox, walk, .. } = &mut self.members[id];
        mailbox.start_anew();
        // A walk that is under way knows which vehicles may still have to go; it begins again from the first place.
        let walk = walk.get_or_insert_default();
        walk.sift = None;
        walk.shown = DirtySet::default();
        walk.next = Some(TableCursor::START);
        walk.again = Interest::everything();
        mailbox.set_walk_turn(WalkTurn::Alternate);
        self.walking.insert(id);
    }

    /// A vehicle is in other groups now. Walks that have not come to it can't tell any more who had it in its picture: it is
    /// shown in any case to those who see it.
    pub(super) fn show_to_walkers(&mut self, index: VehicleIndex) {
        for &id in &self.walking {
            if let Some(walk) = &mut self.members[id].walk
                && walk.next.is_some()
            {
                walk.shown.insert(index);
            }
        }
    }

    /// A vehicle is about to go out of sight. Subscribers whose walks have not come to it may have it in their pictures
    /// although their rooms do not show it: they are told as well.
    pub(crate) fn note_removal_for_walks(&mut self, index: VehicleIndex, table: &LiveTable, now: Moment) {
        if self.walking.is_empty() {
            return;
        }
        let vehicle = table.at(index);
        let mut concerned = mem::take(&mut self.walking);
        let all = concerned.clone();
        concerned.retain(|&id| {
            let member = &self.members[id];
            member
                .walk
                .as_ref()
                .is_some_and(|walk| walk.may_show(&member.key, vehicle))
        });
        self.walking = all;
        let removed = Arc::new(LiveEvent::VehicleRemoved {
            vehicle_id: vehicle.id,
        });
        for id in concerned {
            let events = vec![Arc::clone(&removed)];
            self.post(id, Batch::snapshot(now, events, Vec::new(), Vec::new()));
        }
    }
}
