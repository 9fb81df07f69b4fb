//! The list of rooms that a vehicle keeps. The hub brings it in step with the rooms that are open.

use crate::indices::RoomId;

/// A room as its vehicles know it. Its slot may have been given to another room since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RoomRef {
    pub(crate) id: RoomId,
    pub(crate) opened: u64,
}

/// The rooms whose subscribers want a vehicle.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    pub(crate) rooms: Vec<RoomRef>,
    /// The value of `Hub::changes` up to which wide rooms are taken into account.
    pub(crate) as_of: u64,
}

impl Membership {
    pub(crate) fn add(&mut self, room: RoomRef) {
        self.rooms.push(room);
    }

    pub(crate) fn drop_room(&mut self, id: RoomId, opened: u64) {
        self.rooms.retain(|room| *room != RoomRef { id, opened });
    }

    /// The rooms. Only `Hub::settle` makes them those that are open now.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RoomId> + '_ {
        self.rooms.iter().map(|room| room.id)
    }
}
