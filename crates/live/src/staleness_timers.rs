//! When to look again whether a vehicle is still heard.

use std::{cmp::Reverse, collections::BinaryHeap};

/// Deadlines of vehicles, the soonest first. A vehicle has at most one; hearing it does not move its deadline,
/// which is cheaper: when the deadline comes, the vehicle gets the next one counted from when it was heard
/// last. So a message costs nothing here, and a silent vehicle one look per change of its status.
#[derive(Debug, Default)]
pub(crate) struct StalenessTimers {
    deadlines: BinaryHeap<Reverse<(u64, u32, u64)>>,
}

impl StalenessTimers {
    /// Looks at a vehicle again at `at_us`. The `generation` tells a vehicle from a later one at its index.
    pub(crate) fn watch(&mut self, index: u32, generation: u64, at_us: u64) {
        self.deadlines.push(Reverse((at_us, index, generation)));
    }

    /// A vehicle whose deadline has come.
    pub(crate) fn pop_due(&mut self, now_us: u64) -> Option<(u32, u64)> {
        let Reverse((at_us, index, generation)) = *self.deadlines.peek()?;
        if at_us > now_us {
            return None;
        }
        self.deadlines.pop();
        Some((index, generation))
    }

    /// When the next deadline comes.
    pub(crate) fn next_us(&self) -> Option<u64> {
        self.deadlines.peek().map(|Reverse((at_us, ..))| *at_us)
    }
}
