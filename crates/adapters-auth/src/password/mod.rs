//! Making and checking hashes of passwords.
//!
//! A hash takes some tens of milliseconds of a core and some tens of megabytes. It is made on threads of its own, few
//! and of low priority, so that a crowd at the endpoint delays itself and not what robots say.

mod cost;
mod hasher;
mod scheme;
mod workers;

pub use cost::{Cost, InvalidCost};
pub use hasher::{Argon2Hasher, HasherOptions, StartFault};
