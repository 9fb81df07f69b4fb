//! The live core as the tasks see it that write and check the live keys.

use domain::{VehicleId, telemetry::Timestamp};

use super::Live;
use crate::{
    live::live_table::{Activity, VehicleIndex},
    ports::{KeyTimes, LiveRecord, Roll, RollMember},
};

/// The expected times in the keys of one vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::live) struct KeyCheck {
    pub(in crate::live) vehicle_id: VehicleId,
    /// The position's timestamp; `None` when its key is not to be looked at.
    pub(in crate::live) position: Option<Timestamp>,
    /// The same of the state.
    pub(in crate::live) state: Option<Timestamp>,
}

impl KeyCheck {
    /// Whether the keys are to be looked at.
    pub(in crate::live) const fn is_due(&self) -> bool {
        self.position.is_some() || self.state.is_some()
    }

    /// Whether the keys are at least as new. Newer ones stay.
    pub(in crate::live) fn is_met_by(&self, found: KeyTimes) -> bool {
        found.position >= self.position
            && found.state >= self.state
            && found.last_update >= self.position.max(self.state)
    }
}

impl Live {
    /// The latest time of a robot that is believed now.
    pub(in crate::live) fn latest_believed(&self) -> Timestamp {
        let ahead = u64::try_from(self.rules.plausibility.max_ahead_ms).unwrap_or_default();
        self.clock.now().wall() + std::time::Duration::from_millis(ahead)
    }

    pub(in crate::live) fn activity(
        &self,
        from: VehicleIndex,
        limit: usize,
    ) -> (Activity, Option<VehicleIndex>) {
        self.core.lock().activity(from, limit)
    }

    pub(in crate::live) fn deleted(&self) -> Vec<VehicleId> {
        self.core.lock().table.deleted()
    }

    pub(in crate::live) fn take_relisted(&self, limit: usize) -> Activity {
        self.core.lock().take_relisted(limit)
    }

    /// Those of these vehicles that are not enabled any more.
    pub(in crate::live) fn not_enabled(&self, ids: &[VehicleId]) -> Vec<VehicleId> {
        let now = self.clock.now();
        let core = self.core.lock();
        let is_out = |id: &&VehicleId| !core.belongs_to(Roll::Active, **id, now);
        ids.iter().filter(is_out).copied().collect()
    }

    /// Whether each of these may be a member of a roll.
    pub(in crate::live) fn belong_to(&self, roll: Roll, members: &[RollMember]) -> Vec<Option<VehicleId>> {
        let ids: Vec<_> = members.iter().map(RollMember::vehicle_id).collect();
        let now = self.clock.now();
        let core = self.core.lock();
        let belongs = |id: Option<VehicleId>| id.filter(|id| core.belongs_to(roll, *id, now));
        ids.into_iter().map(belongs).collect()
    }

    pub(in crate::live) fn keys_to_check(
        &self,
        from: VehicleIndex,
        limit: usize,
    ) -> (Vec<KeyCheck>, Option<VehicleIndex>) {
        let now = self.clock.now();
        self.core.lock().keys_to_check(from, limit, now)
    }

    pub(in crate::live) fn keys_lost(&self, ids: &[VehicleId]) -> Vec<LiveRecord> {
        let now = self.clock.now();
        self.core.lock().keys_lost(ids, now)
    }

    pub(in crate::live) fn keys_confirmed(&self, ids: &[VehicleId]) {
        let now = self.clock.now();
        self.core.lock().keys_confirmed(ids, now);
    }

    pub(in crate::live) fn keys_listed(&self, ids: &[VehicleId], is_listed: bool) {
        self.core.lock().keys_listed(ids, is_listed);
    }

    pub(in crate::live) fn take_unsynced(&self, limit: usize) -> Vec<LiveRecord> {
        let now = self.clock.now();
        self.core.lock().take_unsynced(limit, now)
    }

    pub(in crate::live) fn has_unsynced(&self) -> bool {
        self.core.lock().has_unsynced()
    }

    pub(in crate::live) fn keys_written(&self, ids: impl IntoIterator<Item = VehicleId>) {
        let now = self.clock.now();
        self.core.lock().keys_written(ids, now);
    }

    pub(in crate::live) fn keys_failed(&self, ids: impl IntoIterator<Item = VehicleId>) {
        self.core.lock().keys_failed(ids);
    }
}
