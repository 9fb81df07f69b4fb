//! Index types of vehicles, rooms and subscribers.

/// Index of a vehicle in the table. Indices of removed vehicles are reused.
pub type VehicleIndex = u32;

/// Index of a room in the hub. Indices of closed rooms are reused.
pub(crate) type RoomId = usize;

/// Index of a subscriber in the hub. Indices of removed subscribers are reused.
pub type SubscriberId = usize;
