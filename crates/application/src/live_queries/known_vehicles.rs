//! The set of vehicles that a client of a subscription knows, which decides on the events that it receives.

use ::live::{IndexBits, VehicleIndex};

use super::selection::Selection;

/// The vehicles that a client knows, by their indices in the table. They determine the events that the client receives,
/// and differ from the current table while news is waiting to be read.
#[derive(Debug)]
pub(super) struct KnownVehicles {
    known: IndexBits,
    /// The selection of the client's initial list. It applies to vehicles about which no news has been read since;
    /// `None` once news about all vehicles has been read.
    at_first: Option<AtFirst>,
}

#[derive(Debug)]
struct AtFirst {
    selection: Selection,
    seen: IndexBits,
}

impl KnownVehicles {
    /// Creates the set for a client that starts with the vehicles of a selection.
    pub(super) fn of(selection: Selection) -> Self {
        let seen = IndexBits::default();
        Self {
            known: IndexBits::default(),
            at_first: Some(AtFirst { selection, seen }),
        }
    }

    /// Returns `true` if the client knows the vehicle at an index. `had` returns `true` if a selection contained the
    /// vehicle before the news that is being read.
    pub(super) fn has(&self, index: VehicleIndex, had: impl FnOnce(&Selection) -> bool) -> bool {
        match &self.at_first {
            Some(first) if !first.seen.contains(index) => had(&first.selection),
            _ => self.known.contains(index),
        }
    }

    /// Records whether the client knows the vehicle at an index from now on.
    pub(super) fn set(&mut self, index: VehicleIndex, is_known: bool) {
        if let Some(first) = &mut self.at_first {
            first.seen.insert(index);
        }
        if is_known {
            self.known.insert(index);
        } else {
            self.known.remove(index);
        }
    }

    /// Records that news of all vehicles has been read. The initial selection is then no longer needed.
    pub(super) fn all_were_seen(&mut self) {
        self.at_first = None;
    }
}
