//! Timers that detect vehicles that have stopped sending.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Timers of vehicles, the earliest first, in microseconds of running time. A vehicle has at most one. A message does
/// not move the timer; an expired timer is set again, relative to the last message. A message therefore costs nothing
/// here while the timer of its vehicle is running, and a silent vehicle costs one evaluation per change of its
/// connection status.
#[derive(Debug, Default)]
pub(crate) struct StalenessTimers {
    deadlines: BinaryHeap<Reverse<(u64, u32, u64)>>,
}

impl StalenessTimers {
    /// Sets a timer for a vehicle at `at_us`. The `generation` distinguishes the vehicle from a later one at the same
    /// index.
    pub(crate) fn watch(&mut self, index: u32, generation: u64, at_us: u64) {
        self.deadlines.push(Reverse((at_us, index, generation)));
    }

    /// Removes an expired timer, and returns the index and generation of its vehicle; `None` if no timer has expired.
    pub(crate) fn pop_due(&mut self, now_us: u64) -> Option<(u32, u64)> {
        let Reverse((at_us, index, generation)) = *self.deadlines.peek()?;
        if at_us > now_us {
            return None;
        }
        self.deadlines.pop();
        Some((index, generation))
    }

    /// Returns the time of the next timer; `None` if there is none.
    pub(crate) fn next_us(&self) -> Option<u64> {
        self.deadlines.peek().map(|Reverse((at_us, ..))| *at_us)
    }
}
