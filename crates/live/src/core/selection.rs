//! Vehicles chosen by their data and their place, some at a time.

use domain::{
    AccessScope, GroupId, VehicleId,
    telemetry::{MapId, VehiclePosition},
    vehicle::VehicleType,
};

use super::Core;
use crate::live_table::{LiveVehicle, TableCursor};

/// Which vehicles of the table; what is `None` does not matter.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// Those that exist for a caller.
    pub scope: &'a AccessScope,
    /// Of this group, which has to exist for the caller.
    pub group: Option<GroupId>,
    /// Of this kind.
    pub kind: Option<VehicleType>,
    /// On this map. A vehicle whose position is not known here may be on any.
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

/// A selected vehicle, and whether it is enabled.
pub type Selected = (VehicleId, bool);

impl Core {
    /// The selected vehicles of some places, in no order, and the place to go on from.
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

    /// Visits the known positions of the selected vehicles of some places, in no order, and returns the place to go on from.
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

    /// A vehicle, if it is selected.
    #[must_use]
    pub fn selected(&self, selection: &Selection<'_>, id: VehicleId) -> Option<Selected> {
        let found = self.table.find(id).filter(|vehicle| selection.has(vehicle));
        found.map(|vehicle| (vehicle.id, vehicle.is_enabled))
    }

    /// Whether the table has a vehicle.
    #[must_use]
    pub fn has(&self, id: VehicleId) -> bool {
        self.table.index_of(id).is_some()
    }
}
