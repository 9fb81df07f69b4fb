//! The key of a room: what its subscribers have in common.

use std::{sync::Arc, time::Duration};

use domain::AccessScope;

use crate::{interest::Interest, live_table::LiveVehicle, pace::DeliveryMode};

/// Everything that subscribers must have in common to share a room, and with it the encoded bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RoomKey {
    pub(super) interest: Interest,
    pub(super) scope: Arc<AccessScope>,
    pub(super) interval: Duration,
    pub(super) mode: DeliveryMode,
}

impl RoomKey {
    pub(super) fn wants(&self, vehicle: &LiveVehicle) -> bool {
        vehicle.is_covered_by(&self.interest, &self.scope) && vehicle.is_within(&self.scope)
    }

    /// Returns `true` if the set of vehicles that the key covers depends on their state.
    pub(super) fn is_filtered(&self) -> bool {
        self.interest.is_filtered()
    }
}
