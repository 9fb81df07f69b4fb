//! Maintenance of each vehicle's list of rooms.
//!
//! A room of individual vehicles is added to each of them at once. A wide room (all vehicles, a kind or a group) is
//! not, because the lock would be held while the whole table is visited. Instead, each vehicle records the value of
//! `Hub::changes` as of which its list is complete, and the list is brought up to date when it is next used. Rooms with
//! filters are not part of the list; see [`super::filtered`].

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
    /// Builds the list of a vehicle's rooms from scratch, after the vehicle was added or its groups changed.
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
                    is_wanted.then(|| room.reference(id))
                })
                .collect(),
            // `settle` adds the wide rooms, of which none is included yet.
            as_of: 0,
        };
        self.settle(vehicle);
    }

    /// Brings the list of a vehicle's rooms up to date with the wide rooms that were opened and closed since its last
    /// use.
    pub(crate) fn settle(&self, vehicle: &mut LiveVehicle) {
        if vehicle.rooms.as_of == self.changes {
            return;
        }
        let mut rooms = mem::take(&mut vehicle.rooms);
        // The serial number is compared as well: the slot of a closed room may belong to another room by now.
        let is_open = |room: &RoomRef| {
            self.rooms
                .get(room.id)
                .is_some_and(|open| open.opened == room.opened)
        };
        rooms.rooms.retain(is_open);
        vehicle.filtered.retain(is_open);
        // Serial numbers come from the counter `changes`, so the range contains the rooms opened since `as_of`.
        for (&opened, &id) in self.wide.range(rooms.as_of + 1..) {
            if self.rooms[id].key.wants(vehicle) {
                rooms.rooms.push(RoomRef { id, opened });
            }
        }
        rooms.as_of = self.changes;
        vehicle.rooms = rooms;
    }

    /// Changes the groups of a vehicle. Subscribers that can no longer see it receive a removal; those that newly see
    /// it receive its view.
    pub(crate) fn regroup(
        &mut self,
        index: VehicleIndex,
        groups: BTreeSet<GroupId>,
        table: &mut LiveTable,
        now: Moment,
    ) {
        let vehicle = table.at_mut(index);
        let is_visible = vehicle.is_enabled && !vehicle.view().is_empty();
        // Before the groups change: whether a walking subscriber may still have the vehicle in its view depends on
        // the old groups.
        if is_visible {
            let vehicle = table.at(index);
            let (vehicle_id, organization_id) = (vehicle.id, vehicle.organization_id);
            self.note_removal_for_walks(index, table, now, |scope| {
                match scope.covers(organization_id, &groups, vehicle_id) {
                    true => LiveEvent::VehicleLeft { vehicle_id },
                    false => LiveEvent::VehicleRemoved { vehicle_id },
                }
            });
        }
        // Settled with the old groups: a wide room that is missing from the old list would seem to have been gained.
        self.settle(table.at_mut(index));
        table.set_groups(index, groups);
        let vehicle = table.at_mut(index);
        let before = mem::take(&mut vehicle.rooms);
        self.admit(vehicle);
        self.show_to_walkers(index);
        if !vehicle.is_enabled {
            return;
        }
        let without = |rooms: &Membership, others: &Membership| {
            let others: BTreeSet<_> = others.rooms.iter().collect();
            Membership {
                rooms: rooms
                    .rooms
                    .iter()
                    .copied()
                    .filter(|room| !others.contains(room))
                    .collect(),
                as_of: rooms.as_of,
            }
        };
        let lost = without(&before, &vehicle.rooms);
        let gained = without(&vehicle.rooms, &before);
        let vehicle_id = vehicle.id;
        // Undelivered changes are dropped first, so that no view follows the removal.
        self.forget(index, lost.iter());
        // For subscribers whose scope still covers the vehicle, it has left their topics. To all others, it looks
        // deleted.
        let (left, mut removed) = lost.split(|room| vehicle.is_within(&self.rooms[room].key.scope));
        self.leave_filtered_scopes(index, vehicle, &mut removed);
        for (event, rooms) in [
            (LiveEvent::VehicleLeft { vehicle_id }, left),
            (LiveEvent::VehicleRemoved { vehicle_id }, removed),
        ] {
            self.notify(&Arc::new(event), rooms.iter(), now.uptime_us);
        }
        if is_visible {
            self.match_filters(vehicle);
            let filtered = vehicle.filtered.iter().map(|room| room.id);
            self.mark(index, gained.iter().chain(filtered), now.uptime_us);
        }
    }

    /// Moves the rooms with filters whose scope no longer covers a vehicle from its list to `removed`, if their members
    /// may have it in their views. This does not wait for the pace of the rooms, because a right was withdrawn.
    fn leave_filtered_scopes(
        &mut self,
        index: VehicleIndex,
        vehicle: &mut LiveVehicle,
        removed: &mut Membership,
    ) {
        for room in mem::take(&mut vehicle.filtered) {
            if vehicle.is_within(&self.rooms[room.id].key.scope) {
                vehicle.filtered.insert(room);
                continue;
            }
            self.forget(index, [room.id].into_iter());
            let shown = &mut self.rooms[room.id].shown;
            if shown.as_mut().is_some_and(|shown| shown.remove(&index)) {
                removed.add(room);
            }
        }
    }
}
