//! The present of each vehicle, in keys that all servers and other programs share.

mod geo;
mod hash;
mod position_hash;
mod read;
mod rolls;
mod state_hash;
mod store;
mod times;
mod write;

pub use geo::{degrees_of, metres_of};
pub use store::RedisLiveStore;

/// The set of the vehicles that are enabled and mapped.
const ACTIVE: &str = "vehicles:active";
/// The map of positions.
const MAP: &str = "vehicles:positions";
