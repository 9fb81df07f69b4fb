//! Comparison of this server's live table with the registry, and its repair.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use ::live::{Activity, TableCursor};
use domain::{
    AccessScope, VehicleId,
    vehicle::{MismatchKind, Vehicle},
};
use tokio::{task::yield_now, time::timeout};

use super::{AT_ONCE, Synchronization, round::Round};
use crate::{
    error::Result,
    ports::{RegisteredVersion, SyncMismatch},
};

/// Maximum time to wait for the versions of all vehicles, and for this server to apply the latest changes to the
/// registry. Servers read the log at least every 500 ms.
const PATIENCE: Duration = Duration::from_secs(2);

/// Duration of the lease under which a server announces that its live table differed from the registry. The others,
/// whose tables may differ in the same way, find the difference within this time.
const ANNOUNCEMENT_LEASE: Duration = Duration::from_secs(10);

impl Synchronization {
    /// Waits until this server has applied all changes to the registry that were committed before this call. Gives up
    /// if the registry is unavailable, because it then does not change, or if it is slow.
    pub(super) async fn await_registry(&self, round: &mut Round) -> bool {
        if round.is_registry_slow {
            return false;
        }
        let applied = timeout(PATIENCE, async {
            let newest = self.log.position().await?;
            self.live.registry_status().until_applied(newest).await;
            Ok::<_, crate::Error>(())
        });
        let is_applied = matches!(applied.await, Ok(Ok(())));
        round.is_registry_slow = !is_applied;
        is_applied
    }

    /// Compares the live table with the registry, and repairs it. They differ if rows were changed without an event in
    /// the log of the registry, for example by a program that bypasses fleetwatch.
    pub(super) async fn compare_with_registry(&self, round: &mut Round) -> Result<()> {
        if !self.live.registry_status().is_current() {
            return Ok(());
        }
        // A registry that does not answer must not delay the comparison of the keys.
        let Ok(registered) = timeout(PATIENCE, self.repository.versions()).await else {
            round.is_registry_slow = true;
            return Ok(());
        };
        let registered = registered?;
        let suspects = self.suspects(registered).await;
        for some in suspects.chunks(AT_ONCE) {
            self.check_vehicles(some, round).await?;
        }
        Ok(())
    }

    /// Returns the vehicles that are older in the live table than in the registry, or are only in one of them.
    async fn suspects(&self, registered: Vec<RegisteredVersion>) -> Vec<VehicleId> {
        let registered = registered.into_iter().map(|vehicle| (vehicle.id, vehicle));
        let mut registered: HashMap<_, _> = registered.collect();
        let mut suspects = Vec::new();
        let mut from = Some(TableCursor::START);
        while let Some(place) = from {
            let (some, next) = self.live.read(|core, _| core.activity(place, AT_ONCE));
            let ids = [some.enabled, some.disabled].concat();
            for (id, known) in ids.iter().zip(self.live.vehicles(&ids)) {
                let Some(known) = known else { continue };
                let is_suspect = match registered.remove(id) {
                    Some(registered) => !is_current(&known, registered),
                    None => true,
                };
                if is_suspect {
                    suspects.push(*id);
                }
            }
            from = next;
            // Otherwise, a large fleet would occupy this thread of the runtime.
            yield_now().await;
        }
        suspects.extend(registered.into_keys());
        suspects
    }

    /// Repairs the live table with regard to some vehicles. Differences that the log of the registry explains are not
    /// mismatches.
    async fn check_vehicles(&self, ids: &[VehicleId], round: &mut Round) -> Result<()> {
        let mut registered = self.registered(ids).await?;
        // After this, the live table contains every change that preceded the read above.
        if !self.await_registry(round).await {
            return Ok(());
        }
        let known: BTreeMap<_, _> = ids.iter().copied().zip(self.live.vehicles(ids)).collect();
        let is_surplus = |id: &VehicleId| known[id].is_some() && !registered.contains_key(id);
        // Read these vehicles again: they may have been registered after the first read.
        let missing: Vec<_> = ids.iter().copied().filter(is_surplus).collect();
        registered.extend(self.registered(&missing).await?);

        let (mut surplus, mut stored, mut details) = (Vec::new(), Vec::new(), Vec::new());
        for (id, known) in &known {
            match (known, registered.remove(id)) {
                (None, None) => {}
                (Some(known), None) => surplus.push((*id, known.version)),
                (None, Some(vehicle)) => {
                    details.push((*id, "the vehicle was missing".to_owned()));
                    stored.push(vehicle);
                }
                (Some(known), Some(vehicle)) if !is_current(known, RegisteredVersion::from(&vehicle)) => {
                    details.push((*id, difference(known, &vehicle)));
                    stored.push(vehicle);
                }
                (Some(_), Some(_)) => {}
            }
        }
        let deleted = self.live.remove_unregistered(&surplus);
        let reason = "the vehicle is not registered";
        details.extend(deleted.iter().map(|id| (*id, reason.to_owned())));
        if details.is_empty() {
            return Ok(());
        }
        self.live.upsert_all(&stored);
        let (enabled, disabled): (Vec<_>, Vec<_>) = stored.iter().partition(|vehicle| vehicle.is_enabled);
        let ids_of = |vehicles: Vec<&Vehicle>| vehicles.into_iter().map(|vehicle| vehicle.id).collect();
        let activity = Activity {
            enabled: ids_of(enabled),
            disabled: ids_of(disabled),
            deleted,
        };
        // These steps are independent of each other: keys must be adapted to the table even if the mismatches cannot be
        // announced.
        let announced = self.announce_table(details, round).await;
        let in_step = self.bring_in_step(&activity, round).await;
        if in_step.is_err() {
            // The table no longer differs from the registry, so the next comparison would not repeat this.
            self.live.request_key_sync();
        }
        announced.and(in_step)
    }

    async fn registered(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, Vehicle>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.repository.find_by_ids(&AccessScope::All, ids).await?;
        Ok(found.into_iter().map(|vehicle| (vehicle.id, vehicle)).collect())
    }

    /// Announces mismatches of the live table, unless another server has announced them: the same change makes the
    /// tables of all servers differ.
    async fn announce_table(&self, details: Vec<(VehicleId, String)>, round: &mut Round) -> Result<()> {
        round.report.repaired += details.len();
        let names: Vec<_> = details.iter().map(|(id, _)| format!("table:{id}")).collect();
        let acquired = self
            .leases
            .acquire(&self.holder, &names, ANNOUNCEMENT_LEASE)
            .await?;
        let at = self.observer.now();
        let own = details.into_iter().zip(acquired).filter(|(_, is_own)| *is_own);
        let mismatches: Vec<_> = own
            .map(|((id, detail), _)| SyncMismatch {
                vehicle_id: Some(id),
                kind: MismatchKind::LiveTable,
                detail,
                at,
            })
            .collect();
        self.announcer.announce(&mismatches).await;
        Ok(())
    }
}

/// Returns `true` unless the registry has a later version, or the same version with another value of `is_enabled`.
fn is_current(known: &Vehicle, registered: RegisteredVersion) -> bool {
    known.version > registered.version || RegisteredVersion::from(known) == registered
}

fn difference(known: &Vehicle, registered: &Vehicle) -> String {
    let (version, other) = (known.version, registered.version);
    match (version == other, registered.is_enabled) {
        (false, _) => format!("version {version} instead of {other}"),
        (true, true) => "disabled instead of enabled".to_owned(),
        (true, false) => "enabled instead of disabled".to_owned(),
    }
}
