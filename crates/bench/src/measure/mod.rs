//! Measurements of a target, with a file for each kind: load, sizes, memory, a client that stalls.

mod idle;
mod ingest;
mod load;
mod sizes;
mod stall;
mod thread;

pub(crate) use idle::memory_per_socket;
pub(crate) use ingest::accepted_positions;
pub(crate) use load::{Outcome, Timing, load, load_during};
pub(crate) use sizes::{UpdateSize, update_sizes};
pub(crate) use stall::{Stall, stall};
pub(crate) use thread::{ThreadLoad, thread_load};
