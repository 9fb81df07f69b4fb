//! Copies of vehicles, on which reports are judged without any effect.

use ::live::{Core, Moment};
use domain::VehicleId;

use super::Live;

/// Maximum number of vehicles that are copied under one lock.
const COPIES_AT_ONCE: usize = 50;

impl Live {
    /// Returns a core with copies of vehicles, which judges reports as this core does, and the current time. The lock
    /// is released between chunks.
    #[must_use]
    pub(crate) fn rehearsal(&self, ids: &[VehicleId]) -> (Core, Moment) {
        let now = self.now();
        let mut copy = Core::new(self.rules, now);
        for some in ids.chunks(COPIES_AT_ONCE) {
            self.read(|core, _| core.copy_vehicles(some, &mut copy));
        }
        (copy, now)
    }
}
