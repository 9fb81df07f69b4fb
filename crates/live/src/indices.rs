//! Numbers by which vehicles, rooms and subscribers are found.

/// A vehicle's place in the table. Free places are used again.
pub type VehicleIndex = u32;

/// Names a room.
pub(crate) type RoomId = usize;

/// Names a subscriber.
pub type SubscriberId = usize;
