//! Copies of vehicles, on which reports are judged without any effect.

use domain::{VehicleId, vehicle::Version};

use super::Core;
use crate::live_table::Registration;

impl Core {
    /// Copies vehicles into another core that does not have them. The copies have the same registration, and reports on
    /// them are judged in the same way, but they have no subscribers. Unknown vehicles are left out.
    pub fn copy_vehicles(&self, ids: &[VehicleId], to: &mut Self) {
        for &id in ids {
            if !matches!(to.table.standing(id), Registration::Unknown) {
                continue;
            }
            match self.table.find(id) {
                Some(known) => {
                    let index = to.table.insert(&known.data);
                    // A row that was changed by hand may differ from the data.
                    to.table.set_enabled(index, known.is_enabled);
                    let copy = to.table.at_mut(index);
                    copy.version = known.version;
                    copy.status = known.status;
                    copy.status_reported_at = known.status_reported_at;
                    copy.status_recorded_at = known.status_recorded_at;
                    copy.status_set_at = known.status_set_at;
                    copy.track = known.track.clone();
                    copy.state = known.state.clone();
                    copy.state_set_back = known.state_set_back.clone();
                    copy.series = known.series;
                    to.hub.admit(to.table.at_mut(index));
                }
                None if matches!(self.table.standing(id), Registration::Deleted) => {
                    to.table.remove(id, Version::FIRST);
                }
                None => {}
            }
        }
    }
}
