//! `fleetwatch simulate`: publishes a simulated fleet as its robots would.

use std::{collections::HashMap, str::FromStr, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use application::{
    Actor,
    ports::{Clock, TelemetryBus, VehicleRepository},
};
use clap::Args;
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleDraft, VehicleName, VehicleType},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use simulator::{Fleet, FleetOptions};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::number::whole;
use crate::publisher::Publisher;

/// Publish a simulated fleet to Redis, as its robots would
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// Number of vehicles
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = whole(1..=50_000_u32))]
    pub vehicles: u32,
    /// Number of positions that each vehicle publishes per second
    #[arg(long, value_name = "HZ", default_value = "10", allow_negative_numbers = true)]
    pub rate: Rate,
    /// Seed of the simulation: the same seed produces the same behaviour
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = whole(0..=u64::MAX))]
    pub seed: u64,
}

/// Frequency in Hz, from 0.1 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate(f64);

/// Error for a text that is not a [`Rate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a frequency in Hz from 0.1 to 100")]
pub struct InvalidRate;

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let hz = text.parse().map_err(|_| InvalidRate)?;
        if (0.1..=100.0).contains(&hz) {
            Ok(Self(hz))
        } else {
            Err(InvalidRate)
        }
    }
}

impl Rate {
    pub const TEN_HZ: Self = Self(10.0);

    fn period(self) -> Duration {
        Duration::from_secs_f64(1.0 / self.0)
    }
}

/// Counters of a simulation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Driven {
    /// Number of published positions and states.
    pub sent: u64,
    /// Number of positions and states lost while the bus was unavailable.
    pub lost: u64,
}

/// Registers missing vehicles of a simulated fleet, enables disabled ones, and then publishes the fleet's messages
/// until `shutdown` is cancelled.
///
/// # Errors
/// Returns the errors of [`enlist`] and [`drive`].
pub async fn run(
    args: SimulateArgs,
    repository: Arc<dyn VehicleRepository>,
    bus: Arc<dyn TelemetryBus>,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> anyhow::Result<Driven> {
    let fleet = Fleet::new(FleetOptions {
        vehicles: args.vehicles as usize,
        seed: args.seed,
    });
    // Shutdown may cancel the registration: the next run registers and enables the remaining vehicles.
    let Enlisted { ids, changed } = tokio::select! {
        biased;
        () = shutdown.cancelled() => return Ok(Driven::default()),
        enlisted = enlist(&fleet, &*repository) => enlisted?,
    };
    eprintln!(
        "simulating {} vehicles, {changed} of them newly registered or enabled, until stopped",
        ids.len()
    );
    if changed > 0 {
        // Servers apply changes to the registry within a second. Until then they reject the vehicles' messages.
        const UNTIL_SERVERS_KNOW: Duration = Duration::from_millis(1_500);
        shutdown.run_until_cancelled(sleep(UNTIL_SERVERS_KNOW)).await;
    }
    let driven = drive(fleet, ids, bus, clock, args.rate, shutdown).await?;
    eprintln!(
        "{} positions and states published, {} lost while the bus was unavailable",
        driven.sent, driven.lost
    );
    Ok(driven)
}

/// A fleet whose vehicles are all registered and enabled.
#[derive(Debug)]
pub struct Enlisted {
    /// Id of each vehicle, in the order of [`Fleet::vehicles`].
    pub ids: Vec<VehicleId>,
    /// Number of vehicles that had to be registered or enabled.
    pub changed: usize,
}

/// Looks up a fleet's vehicles by name in the default organisation, registers missing ones, and enables disabled ones.
///
/// # Errors
/// Fails if the registry is unavailable, or one of the names belongs to a vehicle of another type.
pub async fn enlist(fleet: &Fleet, repository: &dyn VehicleRepository) -> anyhow::Result<Enlisted> {
    let mut known: HashMap<VehicleName, Vehicle> = HashMap::new();
    for &kind in VehicleType::ALL {
        let vehicles = repository.find_by_type(&AccessScope::All, kind, u32::MAX).await;
        let ours = vehicles.context("cannot read the registry")?.into_iter();
        let ours = ours.filter(|vehicle| vehicle.organization_id == OrganizationId::DEFAULT);
        known.extend(ours.map(|vehicle| (vehicle.name.clone(), vehicle)));
    }
    // Run several changes at a time, because each mostly waits for the database to write to disk.
    const AT_ONCE: usize = 16;
    let on_duty = stream::iter(fleet.vehicles())
        .map(|draft| register_and_enable(repository, known.get(&draft.name), draft))
        .buffered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    let changed = on_duty.iter().filter(|(_, changed)| *changed).count();
    let ids = on_duty.into_iter().map(|(id, _)| id).collect();
    Ok(Enlisted { ids, changed })
}

/// Registers and enables a vehicle, unless this has already been done. Returns its id, and `true` if anything was
/// changed.
async fn register_and_enable(
    repository: &dyn VehicleRepository,
    known: Option<&Vehicle>,
    draft: VehicleDraft,
) -> anyhow::Result<(VehicleId, bool)> {
    let (name, must_be) = (draft.name.clone(), draft.details.kind());
    let vehicle = match known {
        Some(vehicle) => vehicle.clone(),
        None => {
            let created = repository
                .create(&Actor::command_line(), OrganizationId::DEFAULT, draft)
                .await;
            created.with_context(|| format!("cannot register vehicle {name}"))?
        }
    };
    let is = vehicle.kind();
    ensure!(
        is == must_be,
        "vehicle {name} in the registry has the type {is} instead of {must_be}: rename or delete it"
    );
    if !vehicle.is_enabled {
        let enabled = repository.enable(&Actor::command_line(), vehicle.id, None).await;
        enabled.with_context(|| format!("cannot enable vehicle {name}"))?;
    }
    Ok((vehicle.id, !vehicle.is_enabled))
}

/// Moves a fleet and publishes its reports until `shutdown` is cancelled. `ids` are the vehicles' ids in the registry,
/// in the order of [`Fleet::vehicles`]. Each vehicle publishes `rate` positions per second; the vehicles take turns.
///
/// # Errors
/// Fails if the numbers of ids and vehicles differ, or the bus was never available.
pub async fn drive(
    mut fleet: Fleet,
    ids: Vec<VehicleId>,
    bus: Arc<dyn TelemetryBus>,
    clock: Arc<dyn Clock>,
    rate: Rate,
    shutdown: CancellationToken,
) -> anyhow::Result<Driven> {
    const SLICE: Duration = Duration::from_millis(10);
    /// Maximum simulated time of one step, which keeps vehicles from jumping after this process was suspended.
    const LONGEST_STEP: Duration = Duration::from_secs(1);

    ensure!(
        fleet.len() == ids.len(),
        "expected {} ids, one for each vehicle of the fleet, found {}",
        fleet.len(),
        ids.len()
    );
    let period = rate.period();
    // One part of the fleet moves in each slice of the period, which spreads the messages evenly over time.
    let slices = (period.as_millis() / SLICE.as_millis()).clamp(1, 1_000) as u32;
    let mut ticks = interval(period / slices);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let parts = slices as usize;
    let mut stepped_at = vec![clock.now(); parts];
    let mut publisher = Publisher::new(bus);
    let mut driven = Driven::default();
    for part in (0..parts).cycle() {
        // Both branches are cancel-safe.
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            _ = ticks.tick() => {}
        }
        let now = clock.now();
        let passed = now
            .since(std::mem::replace(&mut stepped_at[part], now))
            .min(LONGEST_STEP);
        let simulated = fleet.step_part(part, parts, passed, now.wall());
        let reports: Vec<_> = simulated
            .into_iter()
            .map(|one| (ids[one.vehicle], one))
            .map(|(id, one)| one.report(id))
            .collect();
        if reports.is_empty() {
            continue;
        }
        // Shutdown may cancel publishing: it drops at most the reports of one slice.
        let published = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            published = publisher.publish(&reports) => published?,
        };
        let count = if published {
            &mut driven.sent
        } else {
            &mut driven.lost
        };
        *count += reports.len() as u64;
    }
    Ok(driven)
}

#[cfg(test)]
mod tests;
