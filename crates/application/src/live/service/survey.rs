//! Vehicles of the live table, some at a time.

use domain::{
    AccessScope, GroupId, VehicleId,
    telemetry::{MapId, VehiclePosition},
    vehicle::VehicleType,
};

use super::{AT_ONCE, Live};
use crate::live::live_table::{LiveVehicle, VehicleIndex};

/// Which vehicles of the table; what is `None` does not matter.
#[derive(Debug, Clone)]
pub(crate) struct Selection<'a> {
    /// Those that exist for a caller.
    pub(crate) scope: &'a AccessScope,
    /// Of this group, which has to exist for the caller.
    pub(crate) group: Option<GroupId>,
    /// Of this kind.
    pub(crate) kind: Option<VehicleType>,
    /// On this map. A vehicle whose position is not known here may be on any.
    pub(crate) map: Option<&'a MapId>,
}

impl Selection<'_> {
    fn has(&self, vehicle: &LiveVehicle) -> bool {
        vehicle.is_within(self.scope)
            && self.kind.is_none_or(|kind| vehicle.kind == kind)
            && self.group.is_none_or(|group| {
                vehicle.group_ids.contains(&group) && self.scope.has_group(vehicle.organization_id, group)
            })
            && self.map.is_none_or(|map| {
                let position = vehicle.track.newest();
                position.is_none_or(|position| position.map_id.as_ref() == Some(map))
            })
    }
}

impl Live {
    /// The selected vehicles, each with whether it is enabled, in no order. The table is looked at in parts, and others get
    /// the core in between: what is added or removed meanwhile may or may not be among them.
    pub(crate) fn select(&self, selection: &Selection<'_>) -> Vec<(VehicleId, bool)> {
        let mut selected = Vec::new();
        let mut from: Option<VehicleIndex> = Some(0);
        while let Some(index) = from {
            let core = self.core.lock();
            let (some, next) = core.table.some(index, AT_ONCE);
            let found = some.filter(|(_, vehicle)| selection.has(vehicle));
            selected.extend(found.map(|(_, vehicle)| (vehicle.id, vehicle.is_enabled)));
            from = next;
        }
        selected
    }

    /// Visits the known positions of the selected vehicles, in no order and in parts like [`Live::select`].
    pub(crate) fn for_each_position(
        &self,
        selection: &Selection<'_>,
        mut visit: impl FnMut(VehicleId, &VehiclePosition),
    ) {
        let mut from: Option<VehicleIndex> = Some(0);
        while let Some(index) = from {
            let core = self.core.lock();
            let (some, next) = core.table.some(index, AT_ONCE);
            for (_, vehicle) in some.filter(|(_, vehicle)| selection.has(vehicle)) {
                if let Some(position) = vehicle.track.newest() {
                    visit(vehicle.id, position);
                }
            }
            from = next;
        }
    }

    /// Those of several vehicles that are selected, each with whether it is enabled.
    pub(crate) fn select_of(&self, ids: &[VehicleId], selection: &Selection<'_>) -> Vec<(VehicleId, bool)> {
        let mut selected = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let core = self.core.lock();
            let found = some.iter().filter_map(|id| core.table.find(*id));
            let found = found.filter(|vehicle| selection.has(vehicle));
            selected.extend(found.map(|vehicle| (vehicle.id, vehicle.is_enabled)));
        }
        selected
    }

    /// Those of several vehicles that may be in the registry without being known here.
    pub(crate) fn unknown_of(&self, ids: &[VehicleId]) -> Vec<VehicleId> {
        let mut unknown = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let core = self.core.lock();
            unknown.extend(some.iter().filter(|id| core.table.index_of(**id).is_none()));
        }
        unknown
    }
}
