//! The end of all subscriptions to a vehicle when it is deleted.

use std::{mem, sync::Arc};

use domain::VehicleId;

use super::{Hub, RoomId, RoomKey};
use crate::{batch::Batch, interest::Topic, moment::Moment};

impl Hub {
    /// Ends the topic of a vehicle that is about to leave the table, for all subscribers, whether or not they can see
    /// the vehicle. If it is restored later under the same id, it must not be delivered to them.
    pub(crate) fn end_topic(&mut self, vehicle: VehicleId, now: Moment) {
        for room in self.naming.remove(&vehicle).unwrap_or_default() {
            self.end_topic_in(room, &Topic::Vehicle(vehicle), now);
        }
    }

    /// Removes a topic from a room. The members of a room have the same topics, so the room itself gets the new key;
    /// moving each member would start a walk over all vehicles for every member with a wide topic.
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
            // If another room has this key already, new subscribers keep entering that one.
            self.room_of.entry(key).or_insert(id);
        }
    }

    /// Removes a room whose members have no topic left, and delivers its last events to them.
    fn dissolve(&mut self, id: RoomId, now: Moment) {
        while self.hand_out_to_next(id).is_some() {}
        let mut room = self.rooms.remove(id);
        self.discard_bases(&mut room);
        let last = Arc::new(Batch::new(now, room.events, Vec::new(), Vec::new()));
        for member in room.members {
            // The member's walk continues: vehicles of an earlier topic may still have to be removed from its view.
            let member = &mut self.members[member];
            member.room = None;
            if last.is_empty() {
                continue;
            }
            let put = member.mailbox.put(&last);
            self.served.conflated += put.conflated;
            if put.needs_resync {
                // Too many events are waiting. There is nothing to resend without a topic, so only the removals are
                // kept.
                self.discarded.push(member.mailbox.start_anew());
            }
        }
    }
}
