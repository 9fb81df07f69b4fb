//! Rooms whose topics have filters.
//!
//! Whether such a room wants a vehicle depends on the vehicle's state, so the room is not part of a vehicle's list of
//! rooms ([`crate::membership`]). Each room keeps the set of vehicles that its members may have in their views. A
//! vehicle whose state changes is marked in the rooms that have it and in those that want it now; when a room is
//! served, the filter decides whether the vehicle is sent or leaves. So a vehicle that crosses the edge of an area
//! many times costs one event per interval.

use std::mem;

use super::{Hub, RoomId};
use crate::{indices::VehicleIndex, live_table::LiveVehicle};

impl Hub {
    /// Adds the rooms with filters that want a vehicle in its current state to the vehicle's list of such rooms.
    pub(super) fn match_filters(&self, vehicle: &mut LiveVehicle) {
        if self.filtered.is_empty() || !vehicle.is_enabled {
            return;
        }
        let mut filtered = mem::take(&mut vehicle.filtered);
        let mut check = |id: RoomId| {
            let room = &self.rooms[id];
            let reference = room.reference(id);
            if !filtered.contains(&reference) && room.key.wants(vehicle) {
                filtered.insert(reference);
            }
        };
        self.filtered.near(vehicle.track.newest(), &mut check);
        for &id in self.naming.get(&vehicle.id).into_iter().flatten() {
            if self.rooms[id].shown.is_some() {
                check(id);
            }
        }
        vehicle.filtered = filtered;
    }

    /// Registers a vehicle whose current view a member of a room has received, now or earlier.
    pub(super) fn note_shown(&mut self, id: RoomId, index: VehicleIndex, vehicle: &mut LiveVehicle) {
        let room = &mut self.rooms[id];
        let reference = room.reference(id);
        // While a change to the vehicle is waiting, other members may have an older view.
        if let Some(bases) = &mut room.bases
            && !room.dirty.contains(index)
        {
            bases.entry(index).or_insert_with(|| vehicle.view());
        }
        if let Some(shown) = &mut room.shown
            && shown.insert(index)
        {
            vehicle.filtered.insert(reference);
        }
    }

    /// Removes a vehicle that is about to become invisible from the rooms with filters. The rooms that may have it in
    /// their members' views stay in the vehicle's list, for its removal. The others also drop the events of the
    /// vehicle: their members have not received the vehicle, or receive its removal from
    /// [`Self::note_removal_for_walks`].
    pub(super) fn unshow(&mut self, index: VehicleIndex, vehicle: &mut LiveVehicle) {
        let vehicle_id = vehicle.id;
        vehicle.filtered.retain(|reference| {
            let room = &mut self.rooms[reference.id];
            let is_shown = room.shown.as_mut().is_some_and(|shown| shown.remove(&index));
            if !is_shown {
                room.events.retain(|event| event.vehicle_id() != vehicle_id);
            }
            is_shown
        });
    }
}
