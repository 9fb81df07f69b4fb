//! Walks over the table, by which a subscriber's picture is brought in step with its interest and scope.
//!
//! A subscriber is a member of its new room at once, and hears from then on of whatever changes there. The vehicles that the
//! room shows and its picture lacks, and those that its picture has and the room does not show, follow in steps, so that the
//! lock is free in between however many vehicles there are. A step is made when the subscriber takes what waits for it; the
//! first is made with the move itself, which is all there is to do in a fleet of a few hundred vehicles.
//!
//! A step reads the table as it is by then. Its views are therefore newer than all that waits in the mailbox, and older than
//! all that the room delivers later.

use std::{collections::HashSet, mem, sync::Arc};

use domain::{AccessScope, VehicleId};

use super::{Hub, Member, RoomKey, SubscriberId};
use crate::{
    batch::Batch,
    dirty_set::DirtySet,
    event::LiveEvent,
    interest::Interest,
    live_table::{LiveTable, LiveVehicle, Place, VehicleIndex},
    mailbox::WalkTurn,
    moment::Moment,
    view::VehicleView,
};

/// The rest of the way of a subscriber's picture.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Which of the messages that wait are still to be held to the key, by the vehicles' ids.
    pub(super) sift: Option<Sift>,
    /// Vehicles that are shown whether the picture has them or not.
    pub(super) shown: DirtySet,
    /// The place in the table from which on it is still to be compared with the picture, if at all.
    pub(super) next: Option<Place>,
    /// The sights that the picture is made of. A subscriber that changes its mind before a walk is over has several: which
    /// vehicles it was shown by each of them is not known.
    pub(super) before: Vec<Sight>,
    /// Topics whose vehicles are shown whether the picture has them or not.
    pub(super) again: Interest,
}

/// The part of a key that says which vehicles are seen. Vehicles that are named one by one are not in it: a picture is
/// brought in step with these at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    interest: Interest,
    scope: Arc<AccessScope>,
}

/// How far the messages that wait are held to the key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sift {
    Begin,
    From(VehicleId),
}

/// The events and views of one step.
#[derive(Debug, Default)]
struct Found {
    events: Vec<Arc<LiveEvent>>,
    views: Vec<Arc<VehicleView>>,
    /// The vehicles that were shown because they were named.
    named: HashSet<VehicleIndex>,
}

impl Sight {
    pub(super) fn of(key: &RoomKey) -> Self {
        Self {
            interest: key.interest.wide_part(),
            scope: Arc::clone(&key.scope),
        }
    }

    fn has(&self, vehicle: &LiveVehicle) -> bool {
        self.interest.wants(vehicle.id, vehicle.kind) && vehicle.is_within(&self.scope)
    }
}

impl Walk {
    fn is_over(&self) -> bool {
        self.sift.is_none() && self.shown.is_empty() && self.next.is_none()
    }

    /// Whether a subscriber may have a vehicle in its picture that it does not see any more.
    fn may_show(&self, key: &RoomKey, vehicle: &LiveVehicle) -> bool {
        self.next.is_some() && !key.wants(vehicle) && self.before.iter().any(|sight| sight.has(vehicle))
    }

    /// Compares the picture with a vehicle.
    fn visit(&self, key: &RoomKey, index: VehicleIndex, vehicle: &mut LiveVehicle, found: &mut Found) {
        if !vehicle.is_enabled || found.named.contains(&index) {
            return;
        }
        if key.wants(vehicle) {
            let is_known = self.before.iter().all(|sight| sight.has(vehicle));
            if !is_known || self.again.wants(vehicle.id, vehicle.kind) {
                found.show(vehicle);
            }
        } else if self.may_show(key, vehicle) && !vehicle.view().is_empty() {
            found.events.push(Arc::new(goodbye(key, vehicle)));
        }
    }
}

impl Found {
    /// Shows a vehicle, if anything is known of it.
    fn show(&mut self, vehicle: &mut LiveVehicle) {
        let view = vehicle.view();
        if !view.is_empty() {
            self.views.push(view);
        }
    }
}

/// The event by which a vehicle goes out of the picture of a subscriber that does not see it any more.
pub(super) fn goodbye(key: &RoomKey, vehicle: &LiveVehicle) -> LiveEvent {
    let vehicle_id = vehicle.id;
    match vehicle.is_within(&key.scope) {
        true => LiveEvent::VehicleLeft { vehicle_id },
        false => LiveEvent::VehicleRemoved { vehicle_id },
    }
}

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
        walk.next = Some(Place::START);
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
    pub(crate) fn tell_walkers_of_removal(&mut self, index: VehicleIndex, table: &LiveTable, now: Moment) {
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
            self.post(id, Batch::picture(now, events, Vec::new(), Vec::new()));
        }
    }
}
