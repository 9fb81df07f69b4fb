//! The current state of each vehicle, in keys that all servers and other programs share.

mod compare;
mod expiry;
mod geo;
mod hash;
mod parts;
mod position_hash;
mod read;
mod rolls;
mod state_hash;
mod store;
mod write;

pub use geo::{degrees_of, metres_of};
pub use store::RedisLiveStore;

/// Key of the set of active vehicles, which are the enabled ones.
pub(crate) const ACTIVE: &str = "vehicles:active";
/// Key of the geo index.
pub(crate) const MAP: &str = "vehicles:positions";
