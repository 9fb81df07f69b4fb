//! Which vehicles there are, as a subscriber of the registry follows it.
//!
//! A subscriber is first told of every vehicle in its scope, page by page, and then of every change. No messages wait
//! for it: what waits is *which* vehicles changed, and a change is read from the table when the subscriber takes it.
//! So a slow subscriber sees fewer, newer changes, what waits is bounded by the number of vehicles, and nothing can
//! be sent that is outside of the scope by then. Because it is known of every vehicle whether the subscriber was told
//! of it, a snapshot needs no lock over the whole table: vehicles that are still to come need no change, and those
//! that were told of do.

use std::sync::Arc;

use domain::{AccessScope, VehicleId};

use super::{
    batch::DeliveryNumber, dirty_set::DirtySet, index_bits::IndexBits, indices::VehicleIndex,
    live_table::LiveTable, vehicle_info::VehicleInfo,
};
use crate::moment::Moment;

/// The most events of one page.
pub(crate) const PAGE: usize = 500;

/// The most vehicles that are looked at for one page. A scope may cover few of very many.
const LOOKED_AT: u32 = 2_000;

/// Something about which vehicles there are.
#[derive(Debug, Clone)]
pub enum RosterEvent {
    /// There is this vehicle, by a snapshot.
    Info(Arc<VehicleInfo>),
    /// A vehicle was registered, or came into the scope.
    Added(Arc<VehicleInfo>),
    /// Something of a vehicle's description changed.
    Updated(Arc<VehicleInfo>),
    /// A vehicle was deleted, or left the scope.
    Deleted(VehicleId),
}

/// Changes of the registry on their way to one subscriber.
#[derive(Debug, Clone)]
pub struct RosterPage {
    /// When it was put together.
    pub at: Moment,
    /// Its place among the deliveries of this subscriber.
    pub number: DeliveryNumber,
    /// What happened, in order.
    pub events: Vec<RosterEvent>,
}

/// What one subscriber knows of the registry, and what it has yet to be told.
#[derive(Debug)]
pub(crate) struct Roster {
    /// The vehicles that the subscriber was told of.
    told: IndexBits,
    /// Vehicles that changed since; or were there when they changed.
    changed: DirtySet,
    /// Vehicles that were told of and are deleted.
    deleted: Vec<VehicleId>,
    /// A walk over the whole table, if one is under way.
    scan: Option<Scan>,
}

#[derive(Debug, Clone, Copy)]
struct Scan {
    /// The vehicles before this index have been looked at.
    next: VehicleIndex,
    tells: Tells,
}

/// What a walk over the table tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tells {
    /// Every vehicle in the scope.
    Everything,
    /// What a changed scope adds and takes away.
    Difference,
}

impl Roster {
    /// A subscriber that knows nothing yet, and is owed a snapshot.
    pub(crate) fn new() -> Self {
        let mut roster = Self {
            told: IndexBits::default(),
            changed: DirtySet::default(),
            deleted: Vec::new(),
            scan: None,
        };
        roster.owe_snapshot();
        roster
    }

    /// The subscriber is to be told of every vehicle, whatever it knows.
    pub(crate) fn owe_snapshot(&mut self) {
        self.scan = Some(Scan {
            next: 0,
            tells: Tells::Everything,
        });
    }

    /// The subscriber's scope is another one now.
    pub(crate) fn scope_changed(&mut self) {
        let tells = self.scan.map_or(Tells::Difference, |scan| scan.tells);
        self.scan = Some(Scan { next: 0, tells });
    }

    /// A vehicle was added or changed. Returns whether the subscriber is to be told.
    pub(crate) fn change(&mut self, index: VehicleIndex, is_visible: bool) -> bool {
        let was_told = self.told.contains(index);
        // A walk that is still to come by tells of the vehicle as it is by then, unless it only looks for differences.
        let is_still_to_come = self
            .scan
            .is_some_and(|scan| scan.next <= index && (scan.tells == Tells::Everything || !was_told));
        let is_owed = !is_still_to_come && (is_visible || was_told);
        if is_owed {
            self.changed.insert(index);
        }
        is_owed
    }

    /// A vehicle was deleted. Returns whether the subscriber is to be told.
    pub(crate) fn remove(&mut self, index: VehicleIndex, id: VehicleId) -> bool {
        let was_told = self.told.remove(index);
        if was_told {
            self.deleted.push(id);
        }
        was_told
    }

    /// Whether there is something to take.
    pub(crate) fn is_due(&self) -> bool {
        self.scan.is_some() || !self.deleted.is_empty() || !self.changed.is_empty()
    }

    /// Takes the next events; there may be none although more are due, when the vehicles that were looked at are
    /// outside of the scope.
    pub(crate) fn take(&mut self, table: &mut LiveTable, scope: &AccessScope) -> Vec<RosterEvent> {
        let mut events = Vec::new();
        match self.scan {
            // Changes wait until the snapshot is complete.
            Some(scan) if scan.tells == Tells::Everything => self.walk(scan, table, scope, &mut events),
            scan => {
                let gone = self.deleted.drain(..self.deleted.len().min(PAGE));
                events.extend(gone.map(RosterEvent::Deleted));
                match scan {
                    Some(scan) => self.walk(scan, table, scope, &mut events),
                    None => {
                        let room = PAGE.saturating_sub(events.len());
                        let changed: Vec<_> = self.changed.take(room).collect();
                        for index in changed {
                            let event = self.look_at(index, table, scope, Occasion::Change);
                            events.extend(event);
                        }
                    }
                }
            }
        }
        events
    }

    fn walk(
        &mut self,
        Scan { next, tells }: Scan,
        table: &mut LiveTable,
        scope: &AccessScope,
        events: &mut Vec<RosterEvent>,
    ) {
        let occasion = match tells {
            Tells::Everything => Occasion::Snapshot,
            Tells::Difference => Occasion::ScopeChange,
        };
        let end = table.end().min(next.saturating_add(LOOKED_AT));
        let mut next = next;
        while next < end && events.len() < PAGE {
            events.extend(self.look_at(next, table, scope, occasion));
            next += 1;
        }
        self.scan = (next < table.end()).then_some(Scan { next, tells });
    }

    /// What there is to tell of the vehicle at an index, if there is one.
    fn look_at(
        &mut self,
        index: VehicleIndex,
        table: &mut LiveTable,
        scope: &AccessScope,
        occasion: Occasion,
    ) -> Option<RosterEvent> {
        let vehicle = table.get_mut(index)?;
        if !vehicle.is_within(scope) {
            let was_told = self.told.remove(index);
            return was_told.then_some(RosterEvent::Deleted(vehicle.id));
        }
        let is_new = self.told.insert(index);
        match occasion {
            Occasion::Snapshot => Some(RosterEvent::Info(vehicle.info(scope))),
            _ if is_new => Some(RosterEvent::Added(vehicle.info(scope))),
            Occasion::Change => Some(RosterEvent::Updated(vehicle.info(scope))),
            // Which of its groups are shown depends on the scope, too.
            Occasion::ScopeChange if !vehicle.group_ids.is_empty() => {
                Some(RosterEvent::Updated(vehicle.info(scope)))
            }
            Occasion::ScopeChange => None,
        }
    }
}

/// Why a vehicle is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occasion {
    Snapshot,
    ScopeChange,
    Change,
}
