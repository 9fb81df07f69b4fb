//! Vehicles of the registry.

use std::{collections::HashSet, time::Instant};

use ::live::TableCursor;
use domain::{
    VehicleId,
    vehicle::{Vehicle, VehicleStatus, Version},
};

use super::{AT_ONCE, Live, PARTS_PER_LOOK, TURN};
use crate::registry::RegistryEvent;

impl Live {
    /// Applies the registry's data of a vehicle: adds, changes, enables, disables or removes it. The change is
    /// effective when this returns.
    pub fn upsert(&self, vehicle: &Vehicle) {
        self.upsert_all(std::slice::from_ref(vehicle));
    }

    pub(crate) fn upsert_all(&self, vehicles: &[Vehicle]) {
        self.change_each(vehicles, |core, vehicle, now| {
            core.upsert(vehicle, now);
        });
    }

    pub(crate) fn change_status(&self, vehicle: &Vehicle) {
        self.change(|core, now| core.change_status(vehicle, now));
    }

    /// Returns the status that a robot has reported and the registry may not have recorded yet.
    pub(crate) fn pending_status(&self, id: VehicleId) -> Option<VehicleStatus> {
        self.read(|core, _| core.pending_status(id))
    }

    /// Applies events from the registry's log, notifies the watchers of the registry, and wakes the worker that adapts
    /// the live keys.
    pub fn follow(&self, events: &[RegistryEvent]) {
        let mut has_news = false;
        let changes = events
            .iter()
            .filter_map(|event| Some((event.to_vehicle()?, event.at)));
        self.change_each(changes, |core, ((change, vehicle), at), now| {
            has_news |= core.follow(change, vehicle, at, now);
        });
        if has_news {
            self.key_follow.notify_one();
        }
    }

    /// Ends all watches of the registry, because changes may have been missed. A watch that starts in the meantime may
    /// continue: the changes were missed before, and its caller reads the registry afterwards.
    pub(crate) fn lose_registry_news(&self) {
        let mut from = Some(0);
        while let Some(place) = from {
            from = self.read(|core, _| core.lose_registry_news(place, AT_ONCE));
        }
    }

    /// Applies the complete registry. Vehicles that are not in it are removed.
    pub(crate) fn take_over(&self, all: &[Vehicle]) {
        let registered: HashSet<_> = all.iter().map(|vehicle| vehicle.id).collect();
        let mut place = Some(TableCursor::START);
        while place.is_some() {
            self.change(|core, now| {
                let began = Instant::now();
                while let Some(from) = place
                    && began.elapsed() < TURN
                {
                    place = core.remove_missing(&registered, from, PARTS_PER_LOOK, now);
                }
            });
        }
        self.upsert_all(all);
    }

    /// Removes vehicles that are not in the registry, unless their versions have changed in the meantime. Returns the
    /// removed ones.
    pub(crate) fn remove_unregistered(&self, suspects: &[(VehicleId, Version)]) -> Vec<VehicleId> {
        let mut removed = Vec::new();
        self.change_each(suspects, |core, &(id, version), now| {
            if core.remove_unregistered(id, version, now) {
                removed.push(id);
            }
        });
        removed
    }
}
