//! Creating and checking hashes of passwords.
//!
//! A hash takes tens of milliseconds of a core and tens of megabytes. It is computed on a few threads of low priority,
//! so that many concurrent log-ins delay each other but not the robots' messages.

mod cost;
mod hasher;
mod scheme;
mod workers;

pub use cost::{Cost, InvalidCost};
pub use hasher::{Argon2Hasher, HasherOptions, StartFault};
