//! Observation of the current state of vehicles.
//!
//! * [`Observer`]: reads the live core and, for data that it does not have, the live keys.
//! * [`ReadCache`]: keeps data read from the live keys for a short time.
//! * [`RecentMismatches`]: keeps the newest mismatch of each vehicle.

mod observer;
mod read_cache;
mod recent_mismatches;

pub use observer::{Observation, Subject};
pub(crate) use observer::{Observer, is_complete};
pub(crate) use recent_mismatches::RecentMismatches;
