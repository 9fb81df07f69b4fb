//! Properties of the machine, on which some defaults depend.

use std::{num::NonZero, thread};

/// Returns the number of CPU cores that this process may use.
pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}
