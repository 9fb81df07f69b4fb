//! Iteration over all vehicles of the live table in chunks. The lock is released between chunks, so vehicles that are
//! added or removed in the meantime may or may not be included.

use ::live::{Selected, Selection, TableCursor};
use domain::{VehicleId, telemetry::VehiclePosition};

use super::{AT_ONCE, Live};

impl Live {
    /// Returns the selected vehicles, and whether each is enabled, in no particular order.
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

    /// Visits the known positions of the selected vehicles, in no particular order.
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

    /// Returns the selected vehicles among `ids`, and whether each is enabled.
    pub(crate) fn select_of(&self, ids: &[VehicleId], selection: &Selection<'_>) -> Vec<Selected> {
        let mut selected = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            self.read(|core, _| selected.extend(some.iter().filter_map(|id| core.selected(selection, *id))));
        }
        selected
    }

    /// Returns the ids that the live core does not know. The registry may still have vehicles with these ids.
    pub(crate) fn unknown_of(&self, ids: &[VehicleId]) -> Vec<VehicleId> {
        let mut unknown = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            self.read(|core, _| unknown.extend(some.iter().filter(|id| !core.has(**id))));
        }
        unknown
    }
}
