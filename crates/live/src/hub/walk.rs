//! The rest of a walk over the table, and what a step of it finds.

use std::{collections::HashSet, sync::Arc};

use domain::{AccessScope, VehicleId};

use super::room_key::RoomKey;
use crate::{
    dirty_set::DirtySet,
    event::LiveEvent,
    indices::VehicleIndex,
    interest::Interest,
    live_table::{LiveVehicle, TableCursor},
    view::VehicleView,
};

/// The rest of the way of a subscriber's picture.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Which of the messages that wait are still to be held to the key, by the vehicles' ids.
    pub(super) sift: Option<Sift>,
    /// Vehicles that are shown whether the picture has them or not.
    pub(super) shown: DirtySet,
    /// The place in the table from which on it is still to be compared with the picture, if at all.
    pub(super) next: Option<TableCursor>,
    /// The sights that the picture is made of. A subscriber that changes its mind before a walk is over has several: which
    /// vehicles it was shown by each of them is not known.
    pub(super) before: Vec<Sight>,
    /// Topics whose vehicles are shown whether the picture has them or not.
    pub(super) again: Interest,
}

/// The part of a key that says which vehicles are seen. Vehicles that are named one by one are not in it: a picture is
/// brought in step with these at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    interest: Interest,
    scope: Arc<AccessScope>,
}

/// How far the messages that wait are held to the key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sift {
    Begin,
    From(VehicleId),
}

/// The events and views of one step.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) events: Vec<Arc<LiveEvent>>,
    pub(super) views: Vec<Arc<VehicleView>>,
    /// The vehicles that were shown because they were named.
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
        self.interest.wants(vehicle.id, vehicle.kind) && vehicle.is_within(&self.scope)
    }
}

impl Walk {
    pub(super) fn is_over(&self) -> bool {
        self.sift.is_none() && self.shown.is_empty() && self.next.is_none()
    }

    /// Whether a subscriber may have a vehicle in its picture that it does not see any more.
    pub(super) fn may_show(&self, key: &RoomKey, vehicle: &LiveVehicle) -> bool {
        self.next.is_some() && !key.wants(vehicle) && self.before.iter().any(|sight| sight.has(vehicle))
    }

    /// Compares the picture with a vehicle.
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
            let is_known = self.before.iter().all(|sight| sight.has(vehicle));
            if !is_known || self.again.wants(vehicle.id, vehicle.kind) {
                found.show(vehicle);
            }
        } else if self.may_show(key, vehicle) && !vehicle.view().is_empty() {
            found.events.push(Arc::new(goodbye(key, vehicle)));
        }
    }
}

impl Found {
    /// Shows a vehicle, if anything is known of it.
    pub(super) fn show(&mut self, vehicle: &mut LiveVehicle) {
        let view = vehicle.view();
        if !view.is_empty() {
            self.views.push(view);
        }
    }
}

/// The event by which a vehicle goes out of the picture of a subscriber that does not see it any more.
pub(super) fn goodbye(key: &RoomKey, vehicle: &LiveVehicle) -> LiveEvent {
    let vehicle_id = vehicle.id;
    match vehicle.is_within(&key.scope) {
        true => LiveEvent::VehicleLeft { vehicle_id },
        false => LiveEvent::VehicleRemoved { vehicle_id },
    }
}
