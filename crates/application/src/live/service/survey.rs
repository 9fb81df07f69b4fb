//! Vehicles of the live table, some at a time. Others get the core in between: what is added or removed meanwhile may or
//! may not be among them.

use ::live::{Selected, Selection, TableCursor};
use domain::{VehicleId, telemetry::VehiclePosition};

use super::{AT_ONCE, Live};

impl Live {
    /// The selected vehicles, each with whether it is enabled, in no order.
    pub(crate) fn select(&self, selection: &Selection<'_>) -> Vec<Selected> {
        let mut selected = Vec::new();
        let mut from = Some(TableCursor::START);
        while let Some(place) = from {
            let (some, next) = self.read(|core, _| core.select(selection, place, AT_ONCE));
            selected.extend(some);
            from = next;
        }
        selected
    }

    /// Visits the known positions of the selected vehicles, in no order.
    pub(crate) fn for_each_position(
        &self,
        selection: &Selection<'_>,
        mut visit: impl FnMut(VehicleId, &VehiclePosition),
    ) {
        let mut from = Some(TableCursor::START);
        while let Some(place) = from {
            from = self.read(|core, _| core.visit_positions(selection, place, AT_ONCE, &mut visit));
        }
    }

    /// Those of several vehicles that are selected, each with whether it is enabled.
    pub(crate) fn select_of(&self, ids: &[VehicleId], selection: &Selection<'_>) -> Vec<Selected> {
        let mut selected = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            self.read(|core, _| selected.extend(some.iter().filter_map(|id| core.selected(selection, *id))));
        }
        selected
    }

    /// Those of several vehicles that may be in the registry without being known here.
    pub(crate) fn unknown_of(&self, ids: &[VehicleId]) -> Vec<VehicleId> {
        let mut unknown = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            self.read(|core, _| unknown.extend(some.iter().filter(|id| !core.has(**id))));
        }
        unknown
    }
}
