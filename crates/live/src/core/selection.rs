//! Selection of vehicles by their data, one part of the table at a time.

use domain::{
    AccessScope, GroupId, VehicleId,
    telemetry::{MapId, VehiclePosition},
    vehicle::VehicleType,
};

use super::Core;
use crate::live_table::{LiveVehicle, TableCursor};

/// Criteria for vehicles of the table. A criterion of `None` matches every vehicle.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// Scope of the caller.
    pub scope: &'a AccessScope,
    /// Group of the vehicle. The group itself must be within the scope.
    pub group: Option<GroupId>,
    /// Kind of the vehicle.
    pub kind: Option<VehicleType>,
    /// Map of the vehicle's position. A vehicle whose position is unknown matches every map.
    pub map: Option<&'a MapId>,
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

/// Id of a selected vehicle, and whether the vehicle is enabled.
pub type Selected = (VehicleId, bool);

impl Core {
    /// Returns the selected vehicles at up to `count` places of the table, in no particular order, and the place at
    /// which to continue; `None` at the end.
    #[must_use]
    pub fn select(
        &self,
        selection: &Selection<'_>,
        from: TableCursor,
        count: usize,
    ) -> (Vec<Selected>, Option<TableCursor>) {
        let (some, next) = self.table.some(from, count);
        let found = some.filter(|(_, vehicle)| selection.has(vehicle));
        (
            found
                .map(|(_, vehicle)| (vehicle.id, vehicle.is_enabled))
                .collect(),
            next,
        )
    }

    /// Visits the known positions of the selected vehicles at up to `count` places of the table, in no particular
    /// order. Returns the place at which to continue; `None` at the end.
    pub fn visit_positions(
        &self,
        selection: &Selection<'_>,
        from: TableCursor,
        count: usize,
        visit: &mut impl FnMut(VehicleId, &VehiclePosition),
    ) -> Option<TableCursor> {
        let (some, next) = self.table.some(from, count);
        for (_, vehicle) in some.filter(|(_, vehicle)| selection.has(vehicle)) {
            if let Some(position) = vehicle.track.newest() {
                visit(vehicle.id, position);
            }
        }
        next
    }

    /// Returns the vehicle with an id if it matches the selection.
    #[must_use]
    pub fn selected(&self, selection: &Selection<'_>, id: VehicleId) -> Option<Selected> {
        let found = self.table.find(id).filter(|vehicle| selection.has(vehicle));
        found.map(|vehicle| (vehicle.id, vehicle.is_enabled))
    }

    /// Returns `true` if the table contains a vehicle.
    #[must_use]
    pub fn has(&self, id: VehicleId) -> bool {
        self.table.index_of(id).is_some()
    }
}
