//! The vehicles that a client has in its list.

use ::live::{IndexBits, VehicleIndex};

use super::selection::Selection;

/// The vehicles that a client knows, by their places in the table: what it may be told of a vehicle depends on that, and
/// the table alone can't say it while news of it waits to be read.
#[derive(Debug)]
pub(super) struct KnownVehicles {
    known: IndexBits,
    /// What the client asked its list for; it counts for the vehicles of which no news has been read since. None when news of
    /// all has been read.
    at_first: Option<AtFirst>,
}

#[derive(Debug)]
struct AtFirst {
    selection: Selection,
    seen: IndexBits,
}

impl KnownVehicles {
    /// Those that a selection has now.
    pub(super) fn of(selection: Selection) -> Self {
        let seen = IndexBits::default();
        Self {
            known: IndexBits::default(),
            at_first: Some(AtFirst { selection, seen }),
        }
    }

    /// Whether the client knows the vehicle at a place. `had` says whether a selection had it before the news that is
    /// read.
    pub(super) fn has(&self, index: VehicleIndex, had: impl FnOnce(&Selection) -> bool) -> bool {
        match &self.at_first {
            Some(first) if !first.seen.contains(index) => had(&first.selection),
            _ => self.known.contains(index),
        }
    }

    /// Notes whether the client knows the vehicle at a place from now on.
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

    /// News of all vehicles has been read that the client knows.
    pub(super) fn all_were_seen(&mut self) {
        self.at_first = None;
    }
}
