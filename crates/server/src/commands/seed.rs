//! `fleetwatch seed`: vehicles to begin with.

use std::path::Path;

use simulator::{Fleet, FleetOptions};

use super::{plant, print};
use crate::{config::Config, failure::Failure, stores::Stores};

/// How many vehicles a seeded plant has, of all kinds.
const VEHICLES: usize = 40;

/// Registers and enables the vehicles that `fleetwatch simulate --vehicles 40` moves, in groups. What is there already
/// stays as it is.
///
/// # Errors
/// A wrong configuration, a database that is away or not migrated.
pub async fn run(file: Option<&Path>) -> Result<(), Failure> {
    let config = Config::load(file)?;
    let stores = Stores::with_database(&config)?;
    stores.check_schema().await?;
    let fleet = Fleet::new(FleetOptions {
        vehicles: VEHICLES,
        ..FleetOptions::default()
    });
    let enlisted = plant::settle(&fleet, &stores).await?;
    let (all, changed) = (enlisted.ids.len(), enlisted.changed);
    Ok(print(&format!(
        "{all} vehicles are there, {changed} of them new\n"
    ))?)
}
