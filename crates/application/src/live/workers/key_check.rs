//! Checks the live keys: restores lost ones, and adopts newer ones.
//!
//! Keys can vanish without notice, through `FLUSHALL`, eviction or `DEL`. The keys of a parked vehicle that sends
//! nothing would never be written again, so all keys are checked every few seconds. The comparison is cheap: it reads
//! the members of the two rolls, page by page, and the keys of each vehicle that was not written recently. Every server
//! does this, and finds keys that another server has restored. A message that reached only some servers also reaches
//! the others in this way.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use ::live::{KeyCheck, TableCursor};
use domain::VehicleId;
use metrics::counter;
use tokio::time::sleep;

use crate::{
    error::Result,
    live::Live,
    ports::{Differences, LiveKeys, LiveRecord, Roll, RollMember},
};

/// Maximum number of vehicles that are compared in one pipeline.
const AT_ONCE: usize = 500;
/// Pause between two pipelines, in which Redis serves other clients.
const PAUSE: Duration = Duration::from_millis(5);
/// Maximum number of unexpected roll members that one check handles; the next check handles the rest.
const STRANGERS_AT_ONCE: usize = 10_000;

/// Checks the keys, and remembers unexpected roll members from one check to the next.
pub(super) struct KeyChecker {
    live: Arc<Live>,
    keys: Arc<dyn LiveKeys>,
    /// Members that did not belong to a roll in the last check.
    strangers: HashMap<Roll, HashSet<RollMember>>,
}

impl KeyChecker {
    pub(super) fn new(live: Arc<Live>, keys: Arc<dyn LiveKeys>) -> Self {
        Self {
            live,
            keys,
            strangers: HashMap::new(),
        }
    }

    /// Checks all keys once. Holds the lock of the live core for a few hundred vehicles at a time.
    pub(super) async fn check(&mut self) -> Result<()> {
        let active = self.check_roll(Roll::Active).await?;
        self.check_roll(Roll::Map).await?;
        let mut from = Some(TableCursor::START);
        while let Some(place) = from {
            let (some, next) = self
                .live
                .read(|core, now| core.keys_to_check(place, AT_ONCE, now));
            self.relist(&some, &active).await?;
            self.compare(some).await?;
            from = next;
            if from.is_some() {
                sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Adds vehicles to the set of active ones, and removes those that were disabled in the meantime: the mutation may
    /// have removed such a vehicle before it was added here.
    pub(super) async fn list(&self, ids: &[VehicleId]) -> Result<()> {
        self.keys.activate(ids).await?;
        self.live.read(|core, _| core.keys_listed(ids, true));
        let gone = self.live.read(|core, now| {
            let is_out = |id: &&VehicleId| !core.belongs_to(Roll::Active, **id, now);
            ids.iter().filter(is_out).copied().collect::<Vec<_>>()
        });
        self.keys.deactivate(&gone).await
    }

    /// Returns the members of a roll that belong to it, and removes those that did not belong to it in the last check
    /// either.
    async fn check_roll(&mut self, roll: Roll) -> Result<HashSet<VehicleId>> {
        let (mut members, mut strangers) = (HashSet::new(), HashSet::new());
        let mut from = Some(0);
        while let Some(cursor) = from {
            let page = self.keys.members(roll, cursor).await?;
            let belong = self.belong_to(roll, &page.members);
            for (member, id) in page.members.into_iter().zip(belong) {
                match id {
                    Some(id) => drop(members.insert(id)),
                    None if strangers.len() < STRANGERS_AT_ONCE => drop(strangers.insert(member)),
                    None => {}
                }
            }
            from = page.next;
        }
        self.strike(roll, strangers).await?;
        Ok(members)
    }

    /// Returns the vehicle id of each member; `None` for members that do not belong to the roll.
    fn belong_to(&self, roll: Roll, members: &[RollMember]) -> Vec<Option<VehicleId>> {
        let ids: Vec<_> = members.iter().map(RollMember::vehicle_id).collect();
        self.live.read(|core, now| {
            let belongs = |id: Option<VehicleId>| id.filter(|id| core.belongs_to(roll, *id, now));
            ids.into_iter().map(belongs).collect()
        })
    }

    /// Removes members that were unexpected in the last check as well. A single check is not enough: another server may
    /// have added a vehicle that this one does not know yet. Nothing is removed while the registry is unavailable,
    /// because newly registered vehicles are then unknown.
    async fn strike(&mut self, roll: Roll, strangers: HashSet<RollMember>) -> Result<()> {
        let before = self.strangers.remove(&roll).unwrap_or_default();
        if !self.live.registry_status().is_current() {
            return Ok(());
        }
        let (confirmed, new): (Vec<_>, _) = strangers.into_iter().partition(|member| before.contains(member));
        self.strangers.insert(roll, HashSet::from_iter::<Vec<_>>(new));
        for some in confirmed.chunks(AT_ONCE) {
            self.keys.strike(roll, some).await?;
        }
        if !confirmed.is_empty() {
            tracing::info!(
                ?roll,
                members = confirmed.len(),
                "removed members that should not be listed"
            );
        }
        Ok(())
    }

    /// Adds vehicles that are missing from the set of active ones.
    async fn relist(&self, some: &[KeyCheck], active: &HashSet<VehicleId>) -> Result<()> {
        let ids = some.iter().map(|check| check.vehicle_id);
        let missing: Vec<_> = ids.filter(|id| !active.contains(id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        // Recorded before the repair, so that the vehicles stay out of sync if the repair fails.
        self.live.read(|core, _| core.keys_listed(&missing, false));
        self.list(&missing).await?;
        healed(missing.len());
        Ok(())
    }

    /// Adopts data from the keys of vehicles of which another server has received messages that this one missed.
    async fn take_over(&self, ids: &[VehicleId]) -> Result<()> {
        if !ids.is_empty() {
            self.live.restore(self.keys.read(ids).await?);
        }
        Ok(())
    }

    /// Reconciles the keys of vehicles with the live core: the newer data wins on both sides.
    async fn compare(&self, some: Vec<KeyCheck>) -> Result<()> {
        let incomplete = some.iter().filter(|check| check.is_incomplete);
        let incomplete: Vec<_> = incomplete.map(|check| check.vehicle_id).collect();
        self.take_over(&incomplete).await?;
        let due: Vec<LiveRecord> = some.into_iter().filter_map(|check| check.expected).collect();
        if due.is_empty() {
            return Ok(());
        }
        let Differences { outdated, newer } = self.keys.differing(&due, self.live.latest_believed()).await?;
        let lost: Vec<_> = outdated.iter().map(|keys| keys.vehicle_id).collect();
        // Adopted before `keys_lost`, whose records then contain the newer data.
        self.take_over(&newer).await?;
        let is_lost: HashSet<_> = lost.iter().collect();
        let ids = due.iter().map(|record| record.vehicle_id);
        let sound: Vec<_> = ids.filter(|id| !is_lost.contains(id)).collect();
        self.live.read(|core, now| core.keys_confirmed(&sound, now));
        let records = self.live.read(|core, now| core.keys_lost(&lost, now));
        if records.is_empty() {
            return Ok(());
        }
        let overtaken = self.keys.write(&records).await?;
        let written = records.iter().map(|record| record.vehicle_id);
        self.live.read(|core, now| core.keys_written(written, now));
        // Another server has started a new series that this one has not detected.
        self.take_over(&overtaken).await?;
        healed(records.len());
        Ok(())
    }
}

fn healed(vehicles: usize) {
    counter!("fleetwatch_live_keys_healed_total").increment(vehicles as u64);
}
