//! The effects of changes to the registry.

use std::{collections::HashSet, sync::Arc};

use domain::{
    VehicleId,
    vehicle::{Vehicle, Version},
};
use time::OffsetDateTime;

use super::{Core, status::RowStatus};
use crate::{
    event::LiveEvent,
    indices::VehicleIndex,
    live_table::{Registration, TableCursor},
    moment::Moment,
    registry_news::{RegistryChange, RegistryNews},
    vehicle_watch::{IndexedNews, VehicleNews},
};

impl Core {
    /// Applies a change from the registry's log, and notifies the watchers of the registry. Returns `true` if the
    /// change was new to this server.
    pub fn follow(
        &mut self,
        change: RegistryChange,
        vehicle: &Vehicle,
        at: OffsetDateTime,
        now: Moment,
    ) -> bool {
        // Unless the status itself was changed, the row may have been read before a reported status was recorded, and
        // would set the vehicle back to the earlier one.
        let status = match change {
            RegistryChange::Changed { old_status } if old_status == vehicle.status => RowStatus::Unchanged,
            RegistryChange::Changed { .. } => RowStatus::Changed,
            RegistryChange::Added | RegistryChange::Removed => RowStatus::Unknown,
        };
        // Applied before the watchers are notified: a watcher that then reads the vehicle must find the change.
        let is_news = self.apply_registered(vehicle, status, now);
        if is_news {
            self.relisted.insert(vehicle.id);
        }
        let is_overtaken = status == RowStatus::Changed && self.is_reported_since(vehicle, now);
        if !self.watchers.is_empty()
            && !is_overtaken
            && let Some(news) = RegistryNews::of(change, vehicle, at)
        {
            self.watchers
                .notify(&Arc::new(news), vehicle.organization_id, &vehicle.group_ids);
        }
        is_news
    }

    /// Removes vehicles that the registry does not have, at up to `count` places of the table. Returns the place at
    /// which to continue; `None` at the end.
    ///
    /// A vehicle may be missing because it was registered after the registry was read. The log then contains it with
    /// the same version, which restores it.
    pub fn remove_missing(
        &mut self,
        registered: &HashSet<VehicleId>,
        from: TableCursor,
        count: usize,
        now: Moment,
    ) -> Option<TableCursor> {
        let (vehicles, next) = self.table.some(from, count);
        let gone: Vec<_> = vehicles
            .map(|(_, vehicle)| (vehicle.id, vehicle.version))
            .filter(|(id, _)| !registered.contains(id))
            .collect();
        for (id, version) in gone {
            self.remove(id, version, now);
        }
        next
    }

    /// Removes a vehicle that the registry does not have, unless its version is no longer `version`. Returns `true` if
    /// the vehicle was removed. As with [`Core::remove_missing`], the same version restores it.
    pub fn remove_unregistered(&mut self, id: VehicleId, version: Version, now: Moment) -> bool {
        let is_same = self.table.find(id).is_some_and(|known| known.version == version);
        is_same && self.remove(id, version, now)
    }

    /// Applies the registry's data of a vehicle. Data of an older version than the known one is ignored, because a
    /// mutation on this server may overtake a read of the registry. Data of the known version is ignored as well,
    /// unless it deletes, enables or disables the vehicle. Returns `true` if anything changed.
    pub fn upsert(&mut self, vehicle: &Vehicle, now: Moment) -> bool {
        self.apply_registered(vehicle, RowStatus::Unknown, now)
    }

    /// Applies the registry's data, as [`Core::upsert`] does.
    pub(super) fn apply_registered(&mut self, vehicle: &Vehicle, status: RowStatus, now: Moment) -> bool {
        if vehicle.deleted_at.is_some() {
            let known = self.table.find(vehicle.id);
            // The log may contain a deletion that was undone on this server in the meantime.
            let is_outdated = known.is_some_and(|known| known.version > vehicle.version);
            return !is_outdated && self.remove(vehicle.id, vehicle.version.next(), now);
        }
        let index = match self.table.standing(vehicle.id) {
            Registration::Deleted if !self.table.is_restored_by(vehicle) => return false,
            Registration::Deleted | Registration::Unknown => {
                let index = self.table.insert(vehicle);
                self.hub.admit(self.table.at_mut(index));
                self.hub.description_changed(self.table.at_mut(index), index);
                self.queue_registry_change(index, None, true);
                return true;
            }
            Registration::Enabled(index) => index,
            Registration::Disabled => self
                .table
                .index_of(vehicle.id)
                .expect("a disabled vehicle is in the table"),
        };
        let known = self.table.at_mut(index);
        // A row that was changed by hand may have the same version.
        let is_same = (vehicle.version, vehicle.is_enabled) == (known.version, known.is_enabled);
        if is_same || vehicle.version < known.version {
            return false;
        }
        // Taken before `data` is replaced, with the current status.
        let before = known.vehicle();
        known.data = Arc::new(vehicle.clone());
        known.version = vehicle.version;
        let described = (known.name.clone(), known.is_enabled, known.status);
        let groups_before = known.group_ids.clone();
        known.name = vehicle.name.clone();
        if known.group_ids != vehicle.group_ids {
            // The hub changes the groups itself: it needs the old ones to find the subscribers that can no longer see
            // the vehicle.
            let groups = vehicle.group_ids.clone();
            self.hub.regroup(index, groups, &mut self.table, now);
        }
        // After `regroup`, which needs the old value to decide whether subscribers have the vehicle in their views.
        let was_enabled = self.table.set_enabled(index, vehicle.is_enabled);
        let (id, old) = (vehicle.id, self.table.at(index).status);
        let new = self.status_in_registry(index, vehicle, status, now);
        let changes_status = old != new;
        let known = self.table.at_mut(index);
        known.status = new;
        if described != (known.name.clone(), known.is_enabled, known.status) {
            self.hub.description_changed(known, index);
        } else if groups_before != known.group_ids {
            self.hub.groups_changed(known, index, &groups_before);
        }
        match (was_enabled, vehicle.is_enabled) {
            (true, false) => self.hide(index, now),
            (false, true) => {
                // Before the view is sent: no timer ran while the vehicle was disabled, so its connection may be
                // outdated.
                self.judge_staleness_of(index, now);
                if !self.table.at_mut(index).view().is_empty() {
                    self.changed(index, now);
                }
                self.owe_keys(index, now);
            }
            (true, true) if changes_status => {
                self.happened(
                    index,
                    LiveEvent::StateChange {
                        vehicle_id: id,
                        old,
                        new,
                        at: now.wall(),
                    },
                    now,
                );
                self.changed(index, now);
            }
            (true, true) | (false, false) => self.table.at_mut(index).outdate_view(),
        }
        self.queue_registry_change(index, Some(before), true);
        true
    }

    /// Notifies vehicle watchers that the data of a vehicle changed or, if `stays` is `false`, that the vehicle is
    /// about to leave the table.
    fn queue_registry_change(&mut self, index: VehicleIndex, before: Option<Arc<Vehicle>>, stays: bool) {
        let vehicle = self.table.at_mut(index);
        let id = vehicle.id;
        if self.vehicle_watchers.is_watched(id) {
            let after = stays.then(|| vehicle.vehicle());
            let news = VehicleNews::Changed { before, after };
            self.vehicle_watchers.notify(id, IndexedNews { index, news });
        }
    }

    fn remove(&mut self, id: VehicleId, restored_from: Version, now: Moment) -> bool {
        let known = self.table.index_of(id);
        if let Some(index) = known {
            // The removal event precedes the end of the topic: ending a topic delivers the last events of rooms that
            // have no other topic.
            if self.table.at(index).is_enabled {
                self.hide(index, now);
            }
            self.unsynced.remove(index);
            self.hub.vehicle_deleted(index, id);
            self.hub.end_topic(id, now);
            let before = self.table.at_mut(index).vehicle();
            self.queue_registry_change(index, Some(before), false);
        }
        self.statuses.remove(&id);
        self.table.remove(id, restored_from);
        known.is_some()
    }

    /// Removes a vehicle from the views of all subscribers.
    fn hide(&mut self, index: u32, now: Moment) {
        let vehicle = self.table.at_mut(index);
        vehicle.outdate_view();
        let vehicle_id = vehicle.id;
        self.hub
            .note_removal_for_walks(index, &self.table, now, |_| LiveEvent::VehicleRemoved {
                vehicle_id,
            });
        self.hub.hide(index, self.table.at_mut(index));
        self.unsynced.remove(index);
        self.statuses.remove(&vehicle_id);
        self.happened(index, LiveEvent::VehicleRemoved { vehicle_id }, now);
        self.table.at_mut(index).filtered.clear();
        self.table.disappear(index);
    }
}
