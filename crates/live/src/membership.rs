//! The list of a vehicle's rooms, as stored with the vehicle. The hub brings it up to date before it is used.

use crate::indices::RoomId;

/// A vehicle's reference to a room. The slot may have been reused for another room, which `opened` reveals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RoomRef {
    pub(crate) id: RoomId,
    pub(crate) opened: u64,
}

/// The rooms whose subscribers want a vehicle.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    pub(crate) rooms: Vec<RoomRef>,
    /// Value of `Hub::changes` up to which wide rooms are included.
    pub(crate) as_of: u64,
}

impl Membership {
    pub(crate) fn add(&mut self, room: RoomRef) {
        self.rooms.push(room);
    }

    pub(crate) fn drop_room(&mut self, id: RoomId, opened: u64) {
        self.rooms.retain(|room| *room != RoomRef { id, opened });
    }

    /// Splits the rooms into those that meet a condition, and the others.
    pub(crate) fn split(self, is_first: impl Fn(RoomId) -> bool) -> (Self, Self) {
        let (first, second) = self.rooms.into_iter().partition(|room| is_first(room.id));
        let part = |rooms| Self {
            rooms,
            as_of: self.as_of,
        };
        (part(first), part(second))
    }

    /// Iterates over the rooms. They are certain to be open only directly after `Hub::settle`.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RoomId> + '_ {
        self.rooms.iter().map(|room| room.id)
    }
}
