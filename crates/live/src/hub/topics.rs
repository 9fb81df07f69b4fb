//! Subscriptions of one vehicle end with it.

use std::{mem, sync::Arc};

use domain::VehicleId;

use super::{Hub, RoomId, RoomKey};
use crate::{batch::Batch, interest::Topic, moment::Moment};

impl Hub {
    /// A vehicle is about to be taken out of the table: takes its topic away from all who subscribed to it, whether they may
    /// see it or not, so that a vehicle that comes back under the same id is no longer theirs.
    pub(crate) fn end_topic(&mut self, vehicle: VehicleId, now: Moment) {
        for room in self.naming.remove(&vehicle).unwrap_or_default() {
            self.end_topic_in(room, &Topic::Vehicle(vehicle), now);
        }
    }

    /// The members of a room have the same topics, so the room itself gets the new key. Moving each member on its own would
    /// cost a look at all vehicles for every member that watches all.
    fn end_topic_in(&mut self, id: RoomId, topic: &Topic, now: Moment) {
        let room = &mut self.rooms[id];
        let interest = room.key.interest.clone().without(topic);
        let key = RoomKey {
            interest,
            ..room.key.clone()
        };
        let before = mem::replace(&mut room.key, key.clone());
        for &member in &room.members {
            self.members[member].key = key.clone();
        }
        self.close_entrance(id, &before);
        if key.interest.is_empty() {
            self.dissolve(id, now);
        } else {
            self.room_of.entry(key).or_insert(id);
        }
    }

    /// Hands the last events of a room to its members, who want nothing any more.
    fn dissolve(&mut self, id: RoomId, now: Moment) {
        let room = self.rooms.remove(id);
        let last = Arc::new(Batch::new(now, room.events, Vec::new(), Vec::new()));
        for member in room.members {
            // A walk goes on: an earlier topic may have left vehicles in the picture that have to go.
            let member = &mut self.members[member];
            member.room = None;
            if !last.is_empty() && member.mailbox.put(&last).needs_resync {
                // There is nothing left to show; the removals stay.
                member.mailbox.start_anew();
            }
        }
    }
}
