//! Measurements of a target.

mod idle;
mod load;
mod stall;

pub use idle::memory_per_socket;
pub use load::{Outcome, Timing, load};
pub use stall::{Stall, stall};
