//! `fleetwatch seed`: a sample plant in the database.

use std::path::Path;

use simulator::{Fleet, FleetOptions};

use super::{plant, print};
use crate::{config::Config, failure::Failure, stores::Stores};

/// Number of vehicles in the plant, of all types together.
const VEHICLES: usize = 40;

/// Registers and enables the vehicles that `fleetwatch simulate --vehicles 40` moves, and adds them to groups. Existing
/// vehicles and groups are reused.
///
/// # Errors
/// Fails if the configuration is invalid, or the database is unavailable or not migrated.
pub async fn run(file: Option<&Path>) -> Result<(), Failure> {
    let config = Config::load(file)?;
    let stores = Stores::with_database(&config).await?;
    let fleet = Fleet::new(FleetOptions {
        vehicles: VEHICLES,
        ..FleetOptions::default()
    });
    let enlisted = plant::settle(&fleet, &stores).await?;
    let (all, changed) = (enlisted.ids.len(), enlisted.changed);
    Ok(print(&format!(
        "{all} vehicles exist, {changed} of them newly registered or enabled\n"
    ))?)
}
