//! Creating and checking hashes of passwords.
//!
//! By default, computing a hash takes tens of milliseconds of a core and 19 MiB of memory. It is done on a few threads
//! of low priority, so that many concurrent log-ins delay each other rather than the robots' messages.

mod cost;
mod hasher;
mod scheme;
mod workers;

pub use cost::{Cost, InvalidCost};
pub use hasher::{Argon2Hasher, HasherOptions, StartFault};
