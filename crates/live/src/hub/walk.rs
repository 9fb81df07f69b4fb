//! The remaining work of a walk over the table, and the result of one step of it.

use std::{collections::HashSet, sync::Arc};

use domain::AccessScope;

use super::room_key::RoomKey;
use crate::{
    dirty_set::DirtySet,
    event::LiveEvent,
    indices::VehicleIndex,
    interest::Interest,
    live_table::{LiveVehicle, TableCursor},
    mailbox::Sift,
    view::VehicleView,
};

/// Remaining work to bring a subscriber's view in line with its key.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Progress of the check of waiting messages against the key, by vehicle id; `None` when all are checked.
    pub(super) sift: Option<Sift>,
    /// Vehicles that are sent even if the subscriber's view has them already.
    pub(super) shown: DirtySet,
    /// Place in the table from which the comparison with the subscriber's view continues; `None` when it is complete.
    pub(super) next: Option<TableCursor>,
    /// The sights under which the subscriber's view was built. There are several if the key changed during a walk; it
    /// is then unknown which vehicles were sent under which of them.
    pub(super) before: Vec<Sight>,
    /// Topics whose vehicles are sent even if the subscriber's view has them already.
    pub(super) again: Interest,
}

/// The part of a key that selects vehicles by rule: its wide topics and its scope. Topics of single vehicles are not
/// part of it, because a move handles them at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    interest: Interest,
    scope: Arc<AccessScope>,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) events: Vec<Arc<LiveEvent>>,
    pub(super) views: Vec<Arc<VehicleView>>,
    /// Vehicles that this step has sent because they are in [`Walk::shown`].
    pub(super) named: HashSet<VehicleIndex>,
}

impl Sight {
    pub(super) fn of(key: &RoomKey) -> Self {
        Self {
            interest: key.interest.wide_part(),
            scope: Arc::clone(&key.scope),
        }
    }

    fn has(&self, vehicle: &LiveVehicle) -> bool {
        vehicle.is_covered_by(&self.interest, &self.scope) && vehicle.is_within(&self.scope)
    }
}

impl Walk {
    pub(super) fn is_over(&self) -> bool {
        self.sift.is_none() && self.shown.is_empty() && self.next.is_none()
    }

    /// Returns `true` if the key does not cover a vehicle that the subscriber's view may still contain.
    pub(super) fn may_show(&self, key: &RoomKey, vehicle: &LiveVehicle) -> bool {
        // Once the comparison is complete, the view contains nothing that the key does not cover.
        self.next.is_some() && !key.wants(vehicle) && self.before.iter().any(|sight| sight.has(vehicle))
    }

    /// Compares one vehicle with the subscriber's view, and adds what the subscriber lacks or must remove.
    pub(super) fn visit(
        &self,
        key: &RoomKey,
        index: VehicleIndex,
        vehicle: &mut LiveVehicle,
        found: &mut Found,
    ) {
        if !vehicle.is_enabled || found.named.contains(&index) {
            return;
        }
        if key.wants(vehicle) {
            // The vehicle is known for certain only if every earlier sight covered it; if only some did, it is sent
            // again.
            let is_known = self.before.iter().all(|sight| sight.has(vehicle));
            if !is_known || vehicle.is_covered_by(&self.again, &key.scope) {
                found.show(vehicle);
            }
        } else if self.may_show(key, vehicle) && !vehicle.view().is_empty() {
            found.events.push(Arc::new(leave_event(key, vehicle)));
        }
    }
}

impl Found {
    /// Adds the view of a vehicle, unless neither a position nor a state is known.
    pub(super) fn show(&mut self, vehicle: &mut LiveVehicle) {
        let view = vehicle.view();
        if !view.is_empty() {
            self.views.push(view);
        }
    }
}

/// Returns the event that removes a vehicle from the view of a subscriber that no longer sees it. The removal of a
/// vehicle outside the scope looks like a deletion.
pub(super) fn leave_event(key: &RoomKey, vehicle: &LiveVehicle) -> LiveEvent {
    let vehicle_id = vehicle.id;
    match vehicle.is_within(&key.scope) {
        true => LiveEvent::VehicleLeft { vehicle_id },
        false => LiveEvent::VehicleRemoved { vehicle_id },
    }
}
