//! Comparison and repair of the two rolls: the set of active vehicles and the geo index.

use std::collections::HashSet;

use ::live::KeyCheck;
use domain::{VehicleId, cut, vehicle::MismatchKind};
use metrics::counter;

use super::{AT_ONCE, Strangers, Synchronization, round::Round};
use crate::{
    error::Result,
    ports::{KeyPart, Roll, RollMember, SyncMismatch},
};

/// Maximum number of unexpected members that one comparison handles; the next one handles the rest.
const STRANGERS_AT_ONCE: usize = 10_000;

/// Maximum length of a member in a description, in characters.
const MEMBER_CHARS: usize = 100;

impl Synchronization {
    /// Returns the members of a roll that belong to it, and removes those that did not belong to it in the last
    /// comparison either.
    pub(super) async fn check_roll(
        &self,
        roll: Roll,
        strangers: &mut Strangers,
        round: &mut Round,
    ) -> Result<HashSet<VehicleId>> {
        let (mut members, mut found) = (HashSet::new(), HashSet::new());
        let mut from = Some(0);
        while let Some(cursor) = from {
            let page = self.keys.members(roll, cursor).await?;
            let belong = self.belong_to(roll, &page.members);
            if roll == Roll::Active {
                self.mapping.mapped().insert(belong.iter().copied().flatten());
            }
            for (member, id) in page.members.into_iter().zip(belong) {
                match id {
                    Some(id) => drop(members.insert(id)),
                    None if found.len() < STRANGERS_AT_ONCE => drop(found.insert(member)),
                    None => {}
                }
            }
            from = page.next;
        }
        let before = strangers.remove(&roll).unwrap_or_default();
        // Nothing is removed while the registry is unavailable, because newly registered vehicles are then unknown.
        if self.live.registry_status().is_current() {
            // A single comparison is not enough: another server may have added a vehicle that this one does not know
            // yet.
            let (confirmed, new): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|member| before.contains(member));
            strangers.insert(roll, new.into_iter().collect());
            self.strike(roll, confirmed, round).await?;
        }
        Ok(members)
    }

    /// Returns the vehicle id of each member; `None` for members that do not belong to the roll. The lock of the live
    /// core is released after every [`AT_ONCE`] members: a comparison checks up to [`STRANGERS_AT_ONCE`] before it
    /// removes them.
    fn belong_to(&self, roll: Roll, members: &[RollMember]) -> Vec<Option<VehicleId>> {
        let mut belong = Vec::with_capacity(members.len());
        for some in members.chunks(AT_ONCE) {
            let ids: Vec<_> = some.iter().map(RollMember::vehicle_id).collect();
            self.live.read(|core, now| {
                let belongs = |id: Option<VehicleId>| id.filter(|id| core.belongs_to(roll, *id, now));
                belong.extend(ids.into_iter().map(belongs));
            });
        }
        belong
    }

    async fn strike(&self, roll: Roll, mut members: Vec<RollMember>, round: &mut Round) -> Result<()> {
        if members.is_empty() {
            return Ok(());
        }
        // Another server may have enabled a vehicle in the meantime.
        self.await_registry(round).await;
        let belong = self.belong_to(roll, &members);
        let mut belong = belong.into_iter();
        members.retain(|_| belong.next().flatten().is_none());
        for some in members.chunks(AT_ONCE) {
            let removed = self.keys.strike(roll, some).await?;
            // The geo-index entry of an enabled vehicle whose keys have expired is removed as well, which is not a
            // mismatch.
            let is_active = self.belong_to(Roll::Active, &removed);
            let foreign = removed
                .iter()
                .zip(is_active)
                .filter(|(_, active)| active.is_none());
            let mismatches: Vec<_> = foreign.map(|(member, _)| self.foreign(roll, member)).collect();
            round.report.repaired += mismatches.len();
            self.announcer.announce(&mismatches).await;
        }
        Ok(())
    }

    fn foreign(&self, roll: Roll, member: &RollMember) -> SyncMismatch {
        let part = match roll {
            Roll::Active => KeyPart::Active,
            Roll::Map => KeyPart::Map,
        };
        let text = String::from_utf8_lossy(&member.0);
        let text = cut(&text, MEMBER_CHARS);
        SyncMismatch {
            vehicle_id: member.vehicle_id(),
            kind: MismatchKind::ForeignMember,
            detail: format!("{part}: {text} is not an enabled vehicle"),
            at: self.observer.now(),
        }
    }

    /// Adds vehicles that are missing from the set of active ones.
    pub(super) async fn relist(
        &self,
        some: &[KeyCheck],
        active: &HashSet<VehicleId>,
        round: &mut Round,
    ) -> Result<()> {
        let ids = some.iter().map(|check| check.vehicle_id);
        let mut missing: Vec<_> = ids.filter(|id| !active.contains(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        // Record this before the repair, so that the vehicles are still shown as out of sync if the repair fails.
        self.live.read(|core, _| core.keys_listed(&missing, false));
        // Another server may have disabled a vehicle since, and removed it on purpose.
        self.await_registry(round).await;
        self.live.read(|core, now| {
            missing.retain(|id| core.belongs_to(Roll::Active, *id, now));
        });
        self.list(&missing, round).await
    }

    /// Adds vehicles to the set of active ones, and removes those that were disabled in the meantime: the change that
    /// disabled such a vehicle may have removed it before it was added here. Announces the vehicles that were missing
    /// although they were in the set before.
    pub(super) async fn list(&self, ids: &[VehicleId], round: &mut Round) -> Result<()> {
        let added = self.keys.activate(ids).await?;
        let mut lost = self.mapping.mapped().among(&added);
        self.mapping.mapped().insert(ids.iter().copied());
        let gone = self.live.read(|core, now| {
            core.keys_listed(ids, true);
            let is_out = |id: &&VehicleId| !core.belongs_to(Roll::Active, **id, now);
            ids.iter().filter(is_out).copied().collect::<Vec<_>>()
        });
        self.unlist(&gone).await?;
        lost.retain(|id| !gone.contains(id));
        self.announce_lost(&lost, round).await;
        Ok(())
    }

    /// Removes disabled vehicles from the set of active ones and from the geo index.
    pub(super) async fn unlist(&self, ids: &[VehicleId]) -> Result<()> {
        self.mapping.mapped().remove(ids);
        self.keys.deactivate(ids).await?;
        self.observer.cache().invalidate(ids);
        Ok(())
    }

    async fn announce_lost(&self, lost: &[VehicleId], round: &mut Round) {
        let at = self.observer.now();
        let mismatch = |id: &VehicleId| SyncMismatch {
            vehicle_id: Some(*id),
            kind: MismatchKind::Unlisted,
            detail: format!("{}: the vehicle is missing", KeyPart::Active),
            at,
        };
        let mismatches: Vec<_> = lost.iter().map(mismatch).collect();
        round.report.repaired += mismatches.len();
        counter!("fleetwatch_live_keys_healed_total").increment(mismatches.len() as u64);
        self.announcer.announce(&mismatches).await;
    }
}
