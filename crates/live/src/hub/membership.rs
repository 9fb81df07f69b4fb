//! The rooms of a vehicle.
//!
//! A room of single vehicles is entered with each of them at once. A wide room (all vehicles, or all of a kind) is not: the
//! lock would be held for as long as it takes to visit the whole table. Instead each vehicle remembers up to which change of
//! the rooms its list is good, and brings the list in step when it is used next.

use std::{collections::BTreeSet, mem, sync::Arc};

use domain::GroupId;

use super::Hub;
use crate::{
    event::LiveEvent,
    indices::VehicleIndex,
    live_table::{LiveTable, LiveVehicle},
    membership::{Membership, RoomRef},
    moment::Moment,
};

impl Hub {
    /// A vehicle was added or is in other groups: finds its rooms anew.
    pub(crate) fn admit(&self, vehicle: &mut LiveVehicle) {
        vehicle.rooms = Membership {
            rooms: self
                .naming
                .get(&vehicle.id)
                .into_iter()
                .flatten()
                .filter_map(|&id| {
                    let room = &self.rooms[id];
                    let is_wanted = !room.key.interest.is_wide() && room.key.wants(vehicle);
                    is_wanted.then_some(RoomRef {
                        id,
                        opened: room.opened,
                    })
                })
                .collect(),
            as_of: 0,
        };
        self.settle(vehicle);
    }

    /// Brings the list of a vehicle's rooms in step with the wide rooms that were opened and closed since it was used last.
    pub(crate) fn settle(&self, vehicle: &mut LiveVehicle) {
        if vehicle.rooms.as_of == self.changes {
            return;
        }
        let mut rooms = mem::take(&mut vehicle.rooms);
        rooms.rooms.retain(|room| {
            self.rooms
                .get(room.id)
                .is_some_and(|open| open.opened == room.opened)
        });
        for (&opened, &id) in self.wide.range(rooms.as_of + 1..) {
            if self.rooms[id].key.wants(vehicle) {
                rooms.rooms.push(RoomRef { id, opened });
            }
        }
        rooms.as_of = self.changes;
        vehicle.rooms = rooms;
    }

    /// A vehicle is in other groups now: it leaves the pictures of some subscribers, and comes into those of others.
    pub(crate) fn regroup(
        &mut self,
        index: VehicleIndex,
        groups: BTreeSet<GroupId>,
        table: &mut LiveTable,
        now: Moment,
    ) {
        let vehicle = table.at_mut(index);
        let is_visible = vehicle.is_enabled && !vehicle.view().is_empty();
        if is_visible {
            self.note_removal_for_walks(index, table, now);
        }
        let vehicle = table.at_mut(index);
        self.settle(vehicle);
        vehicle.group_ids = groups;
        let before = mem::take(&mut vehicle.rooms);
        self.admit(vehicle);
        self.show_to_walkers(index);
        if !vehicle.is_enabled {
            return;
        }
        let without = |rooms: &Membership, others: &Membership| Membership {
            rooms: rooms
                .rooms
                .iter()
                .copied()
                .filter(|room| !others.rooms.contains(room))
                .collect(),
            as_of: rooms.as_of,
        };
        let lost = without(&before, &vehicle.rooms);
        let gained = without(&vehicle.rooms, &before);
        let vehicle_id = vehicle.id;
        self.forget(index, &lost);
        self.tell(
            &Arc::new(LiveEvent::VehicleRemoved { vehicle_id }),
            &lost,
            now.uptime_us,
        );
        if is_visible {
            self.mark(index, &gained, now.uptime_us);
        }
    }
}
