//! Comparison and repair of the live keys of individual vehicles.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use ::live::{KeyCheck, believed};
use domain::{VehicleId, cut, vehicle::MismatchKind};
use metrics::counter;

use super::{Synchronization, round::Round};
use crate::{
    error::Result,
    ports::{BrokenParts, Differences, LiveRecord, OutdatedKeys, SyncMismatch},
};

/// Duration of the lease under which a server repairs the keys of a vehicle. It is longer than a repair takes, and
/// short enough that another server repairs the keys within 10 s if this one stops before it has repaired them: the
/// next comparison by the other server follows at most 4 s later.
const REPAIR_LEASE: Duration = Duration::from_secs(3);

/// Remaining lifetime below which keys are not compared, because they may expire during the comparison.
const ABOUT_TO_EXPIRE: Duration = Duration::from_secs(1);

impl Synchronization {
    /// Compares the keys of vehicles with the live core, and reads the keys of vehicles about which this server lacks
    /// data.
    pub(super) async fn check_keys(&self, some: Vec<KeyCheck>, round: &mut Round) -> Result<()> {
        let incomplete = some.iter().filter(|check| check.is_incomplete);
        let incomplete: Vec<_> = incomplete.map(|check| check.vehicle_id).collect();
        self.adopt(&incomplete, round).await?;
        let due = some.into_iter().filter_map(|check| check.expected);
        self.compare(due.collect(), round).await
    }

    /// Reconciles the keys of vehicles with the live core: the newer data wins on both sides.
    pub(super) async fn compare(&self, mut due: Vec<LiveRecord>, round: &mut Round) -> Result<()> {
        due.retain(|record| record.expires_in > ABOUT_TO_EXPIRE);
        round.report.compared += due.len();
        let outdated = self.outdated_of(&due, round).await?;
        if outdated.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = outdated.iter().map(|keys| keys.vehicle_id).collect();
        // Record the loss before the repair, so that the vehicles stay out of sync if the repair fails.
        if self.live.read(|core, now| core.keys_lost(&ids, now)).is_empty() {
            return Ok(());
        }
        // Another server may have disabled or deleted a vehicle since, and removed its keys on purpose.
        self.await_registry(round).await;
        let own = self.acquire_repairs(&ids).await?;
        self.rewrite(&own, round).await
    }

    /// Compares records with the keys, and adopts newer data from the keys. Returns the keys that must be written.
    async fn outdated_of(&self, due: &[LiveRecord], round: &mut Round) -> Result<Vec<OutdatedKeys>> {
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let Differences { outdated, newer } = self.keys.differing(due, self.live.latest_believed()).await?;
        // Adopt the newer data before `keys_lost`, whose records then contain it.
        self.adopt(&newer, round).await?;
        let wrong: HashSet<_> = outdated.iter().map(|keys| keys.vehicle_id).collect();
        let ids = due.iter().map(|record| record.vehicle_id);
        let sound: Vec<_> = ids.filter(|id| !wrong.contains(id)).collect();
        self.live.read(|core, now| core.keys_confirmed(&sound, now));
        Ok(outdated)
    }

    /// Returns those of the vehicles whose keys this server may repair now.
    async fn acquire_repairs(&self, ids: &[VehicleId]) -> Result<Vec<VehicleId>> {
        let names: Vec<_> = ids.iter().map(|id| format!("sync:{id}")).collect();
        let acquired = self.leases.acquire(&self.holder, &names, REPAIR_LEASE).await?;
        let own = ids.iter().zip(acquired).filter(|(_, is_own)| *is_own);
        Ok(own.map(|(id, _)| *id).collect())
    }

    /// Writes the keys of vehicles whose leases this server has.
    async fn rewrite(&self, ids: &[VehicleId], round: &mut Round) -> Result<()> {
        let records = self.live.read(|core, now| core.keys_lost(ids, now));
        // Compare again: another server may have repaired the keys after the first comparison and before its lease
        // expired.
        let outdated = self.outdated_of(&records, round).await?;
        let outdated = self.resolve_disputes(outdated, round).await?;
        let ids: Vec<_> = outdated.iter().map(|keys| keys.vehicle_id).collect();
        let records = self.live.read(|core, now| core.keys_lost(&ids, now));
        if records.is_empty() {
            return Ok(());
        }
        let overtaken = self.keys.write(&records).await?;
        let written: HashSet<_> = records.iter().map(|record| record.vehicle_id).collect();
        let replaced = outdated.iter().filter(|keys| written.contains(&keys.vehicle_id));
        self.disputes.lock().note(replaced);
        self.live
            .read(|core, now| core.keys_written(written.iter().copied(), now));
        counter!("fleetwatch_live_keys_healed_total").increment(written.len() as u64);
        let mismatches = self.mismatches(
            outdated
                .into_iter()
                .filter(|keys| written.contains(&keys.vehicle_id)),
        );
        round.report.repaired += mismatches.len();
        self.announcer.announce(&mismatches).await;
        // Another server has started a new series that this one has not detected.
        self.adopt(&overtaken, round).await
    }

    /// Adopts the content of keys that another server has written repeatedly, if it is greater in the order that all
    /// servers share. Returns the keys that must still be written.
    async fn resolve_disputes(
        &self,
        outdated: Vec<OutdatedKeys>,
        round: &mut Round,
    ) -> Result<Vec<OutdatedKeys>> {
        let disputed = self.disputes.lock().among(&outdated);
        if disputed.is_empty() {
            return Ok(outdated);
        }
        let kept = self.keys.read(&disputed).await?;
        self.live.resolve_ties(kept);
        let ids: Vec<_> = outdated.iter().map(|keys| keys.vehicle_id).collect();
        let records = self.live.read(|core, now| core.keys_lost(&ids, now));
        self.outdated_of(&records, round).await
    }

    fn mismatches(&self, repaired: impl Iterator<Item = OutdatedKeys>) -> Vec<SyncMismatch> {
        let repaired: Vec<_> = repaired.collect();
        let ids: Vec<_> = repaired.iter().map(|keys| keys.vehicle_id).collect();
        let at = self.observer.now();
        let mut mismatches = Vec::with_capacity(repaired.len());
        for (keys, present) in repaired.into_iter().zip(self.live.current_states(&ids)) {
            // Rejected messages extend the lifetime of the keys, so the keys are rewritten from time to time.
            let is_rejected = present.is_some_and(|present| present.last_rejection.is_some());
            if keys.is_about_expiry() && is_rejected {
                continue;
            }
            let texts: Vec<_> = keys.differences.iter().map(ToString::to_string).collect();
            mismatches.push(SyncMismatch {
                vehicle_id: Some(keys.vehicle_id),
                kind: keys.kind(),
                detail: cut(&texts.join("; "), SyncMismatch::DETAIL_CHARS).into_owned(),
                at,
            });
        }
        mismatches
    }

    /// Adopts data from the keys of vehicles, such as data from messages that only another server has received.
    pub(super) async fn adopt(&self, ids: &[VehicleId], round: &mut Round) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let records = self.keys.read(ids).await?;
        let (rules, now) = self.live.judgement();
        let records = records.into_iter().map(|record| believed(record, rules, now));
        let mut records: HashMap<_, _> = records.map(|record| (record.vehicle_id, record)).collect();
        self.divide_broken(&mut records, round).await?;
        self.live.restore(records.into_values().collect());
        Ok(())
    }

    /// Leaves invalid keys to other servers, unless this server acquires the leases to repair them. It cannot repair
    /// invalid keys whose data it lacks, but must know that they are invalid, so that the next message overwrites them.
    async fn divide_broken(
        &self,
        records: &mut HashMap<VehicleId, LiveRecord>,
        round: &mut Round,
    ) -> Result<()> {
        let broken = records.values().filter(|record| record.broken.any());
        let broken: Vec<_> = broken.map(|record| record.vehicle_id).collect();
        let presents = self.live.current_states(&broken);
        let repairable: Vec<_> = broken
            .into_iter()
            .zip(presents)
            .filter(|(id, present)| {
                let parts = records[id].broken;
                present.as_ref().is_some_and(|present| {
                    (parts.position && present.position.is_some()) || (parts.state && present.state.is_some())
                })
            })
            .map(|(id, _)| id)
            .collect();
        if repairable.is_empty() {
            return Ok(());
        }
        let own: HashSet<_> = self.acquire_repairs(&repairable).await?.into_iter().collect();
        let at = self.observer.now();
        let mut mismatches = Vec::with_capacity(own.len());
        for id in repairable {
            let Some(record) = records.get_mut(&id) else {
                continue;
            };
            if own.contains(&id) {
                mismatches.push(SyncMismatch {
                    vehicle_id: Some(id),
                    kind: MismatchKind::WrongKeys,
                    detail: described(record.broken).to_owned(),
                    at,
                });
            } else {
                record.broken = BrokenParts::default();
            }
        }
        round.report.repaired += mismatches.len();
        self.announcer.announce(&mismatches).await;
        Ok(())
    }
}

fn described(broken: BrokenParts) -> &'static str {
    match (broken.position, broken.state) {
        (true, true) => "position: invalid; state: invalid",
        (true, false) => "position: invalid",
        _ => "state: invalid",
    }
}
