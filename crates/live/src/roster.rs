//! One subscriber's view of the vehicles of the registry.
//!
//! A subscriber first receives every vehicle in its scope, page by page, and then the changes. No messages are queued
//! for it: the roster records *which* vehicles changed, and a change is read from the table when the subscriber takes
//! it. A slow subscriber therefore sees fewer, newer changes, the backlog is bounded by the number of vehicles, and
//! nothing is sent that is outside the scope at that time. Because the roster records which vehicles the subscriber
//! knows, a snapshot needs no lock over the whole table: a change to a vehicle that the snapshot has not reached needs
//! no event, whereas a change to a vehicle that was already sent does.

use std::{collections::BTreeSet, sync::Arc};

use domain::{AccessScope, VehicleId};

use super::{
    batch::DeliveryNumber, dirty_set::DirtySet, index_bits::IndexBits, indices::VehicleIndex,
    live_table::LiveTable, vehicle_info::VehicleInfo,
};
use crate::moment::Moment;

/// Maximum number of events in one page.
pub(crate) const PAGE: usize = 500;

/// Maximum number of vehicles examined for one page, as many as in one step of a walk: a scope may cover only a few
/// vehicles of a large fleet, and the lock of the core is held meanwhile.
const LOOKED_AT: u32 = 500;

/// A change to the vehicles that a subscriber follows.
#[derive(Debug, Clone)]
pub enum RosterEvent {
    /// A vehicle of the snapshot.
    Info(Arc<VehicleInfo>),
    /// A vehicle was registered, or entered the scope.
    Added(Arc<VehicleInfo>),
    /// A vehicle's description changed.
    Updated(Arc<VehicleInfo>),
    /// A vehicle was deleted, or left the scope.
    Deleted(VehicleId),
}

/// A page of registry changes for one subscriber.
#[derive(Debug, Clone)]
pub struct RosterPage {
    /// Time at which the page was assembled.
    pub at: Moment,
    /// Number of the page among the deliveries of this subscriber.
    pub number: DeliveryNumber,
    /// The changes, in order.
    pub events: Vec<RosterEvent>,
}

/// One subscriber's knowledge of the registry, and the changes that it has not received yet.
#[derive(Debug)]
pub(crate) struct Roster {
    /// Vehicles that the subscriber knows.
    known: IndexBits,
    /// Indices of vehicles that have changed. If another vehicle has since taken an index, that vehicle is examined
    /// instead of the deleted one.
    changed: DirtySet,
    /// Deleted vehicles that the subscriber knew.
    deleted: BTreeSet<VehicleId>,
    /// A walk over the whole table, if one is in progress.
    scan: Option<Scan>,
}

#[derive(Debug, Clone, Copy)]
struct Scan {
    /// Vehicles before this index have been examined.
    next: VehicleIndex,
    coverage: Coverage,
}

/// The vehicles that a walk over the table sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coverage {
    /// Every vehicle in the scope.
    Everything,
    /// Vehicles that a change of scope adds or removes, and known vehicles in groups, whose visible groups may differ.
    Difference,
}

impl Roster {
    /// Creates the roster of a subscriber that knows nothing and needs a snapshot.
    pub(crate) fn new() -> Self {
        let mut roster = Self {
            known: IndexBits::default(),
            changed: DirtySet::default(),
            deleted: BTreeSet::new(),
            scan: None,
        };
        roster.owe_snapshot();
        roster
    }

    /// Starts a snapshot: every vehicle in the scope is sent, whether or not the subscriber knows it.
    pub(crate) fn owe_snapshot(&mut self) {
        self.scan = Some(Scan {
            next: 0,
            coverage: Coverage::Everything,
        });
    }

    /// Starts a comparison of the subscriber's knowledge with its new scope. If a snapshot is in progress, it is
    /// restarted instead.
    pub(crate) fn scope_changed(&mut self) {
        let coverage = self.scan.map_or(Coverage::Difference, |scan| scan.coverage);
        self.scan = Some(Scan { next: 0, coverage });
    }

    /// Returns `true` if vehicles that a change of scope adds, changes or removes are still being sent.
    pub(crate) fn is_comparing(&self) -> bool {
        self.scan
            .is_some_and(|scan| scan.coverage == Coverage::Difference)
    }

    /// Records that a vehicle was added or changed. Returns `true` if an event is due for it.
    pub(crate) fn change(&mut self, index: VehicleIndex, is_visible: bool) -> bool {
        let was_known = self.known.contains(index);
        // A walk that has not reached the vehicle yet will send its current state, unless it only looks for differences
        // and the subscriber knows the vehicle.
        let is_still_to_come = self
            .scan
            .is_some_and(|scan| scan.next <= index && (scan.coverage == Coverage::Everything || !was_known));
        let is_owed = !is_still_to_come && (is_visible || was_known);
        if is_owed {
            self.changed.insert(index);
        }
        is_owed
    }

    /// Records that a vehicle was deleted. Returns `true` if an event is due for it.
    pub(crate) fn remove(&mut self, index: VehicleIndex, id: VehicleId) -> bool {
        let was_known = self.known.remove(index);
        if was_known {
            self.deleted.insert(id);
        }
        was_known
    }

    pub(crate) fn is_due(&self) -> bool {
        self.scan.is_some() || !self.deleted.is_empty() || !self.changed.is_empty()
    }

    /// Takes the next events. The result may be empty although more are due, if all examined vehicles are outside the
    /// scope.
    pub(crate) fn take(&mut self, table: &mut LiveTable, scope: &AccessScope) -> Vec<RosterEvent> {
        let mut events = Vec::new();
        match self.scan {
            // Changes are held back until the snapshot is complete.
            Some(scan) if scan.coverage == Coverage::Everything => self.walk(scan, table, scope, &mut events),
            scan => {
                // Deletions are sent first: a restored vehicle has the same id, and must be added after its deletion.
                while events.len() < PAGE
                    && let Some(gone) = self.deleted.pop_first()
                {
                    events.push(RosterEvent::Deleted(gone));
                }
                match scan {
                    Some(scan) => self.walk(scan, table, scope, &mut events),
                    None => {
                        let room = PAGE.saturating_sub(events.len());
                        let changed: Vec<_> = self.changed.take(room).collect();
                        for index in changed {
                            events.extend(self.look_at(index, table, scope, Occasion::Change));
                        }
                    }
                }
            }
        }
        events
    }

    fn walk(
        &mut self,
        Scan { next, coverage }: Scan,
        table: &mut LiveTable,
        scope: &AccessScope,
        events: &mut Vec<RosterEvent>,
    ) {
        let occasion = match coverage {
            Coverage::Everything => Occasion::Snapshot,
            Coverage::Difference => Occasion::ScopeChange,
        };
        let end = table.end().min(next.saturating_add(LOOKED_AT));
        let mut next = next;
        while next < end && events.len() < PAGE {
            events.extend(self.look_at(next, table, scope, occasion));
            next += 1;
        }
        self.scan = (next < table.end()).then_some(Scan { next, coverage });
    }

    /// Returns the event that is due for the vehicle at an index, if there is one.
    fn look_at(
        &mut self,
        index: VehicleIndex,
        table: &mut LiveTable,
        scope: &AccessScope,
        occasion: Occasion,
    ) -> Option<RosterEvent> {
        let vehicle = table.get_mut(index)?;
        if !vehicle.is_within(scope) {
            let was_known = self.known.remove(index);
            return was_known.then_some(RosterEvent::Deleted(vehicle.id));
        }
        let is_new = self.known.insert(index);
        match occasion {
            Occasion::Snapshot => {
                // The vehicle may have been deleted behind the current position of the snapshot and restored ahead of
                // it. Its deletion, which is held back until the end of the snapshot, would remove the vehicle that
                // this event adds.
                self.deleted.remove(&vehicle.id);
                Some(RosterEvent::Info(vehicle.info(scope)))
            }
            _ if is_new => Some(RosterEvent::Added(vehicle.info(scope))),
            Occasion::Change => Some(RosterEvent::Updated(vehicle.info(scope))),
            // The groups that are shown depend on the scope as well.
            Occasion::ScopeChange if !vehicle.group_ids.is_empty() => {
                Some(RosterEvent::Updated(vehicle.info(scope)))
            }
            Occasion::ScopeChange => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    Snapshot,
    ScopeChange,
    Change,
}
