//! `fleetwatch migrate`: the shape of the database, step by step.

use std::path::Path;

use adapters_postgres::{Database, DatabaseOptions};
use clap::Args;

use super::print;
use crate::{
    config::{Config, Problems},
    failure::Failure,
};

/// What `migrate` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Take the last migrations back instead, WITH THE DATA in them
    #[arg(long, value_name = "STEPS", num_args = 0..=1, default_missing_value = "1")]
    down: Option<usize>,
}

/// Applies what is missing, or takes back what was applied last, and says which.
///
/// # Errors
/// A wrong configuration, a database that is away, a migration that fails.
pub async fn run(file: Option<&Path>, arguments: &Arguments) -> Result<(), Failure> {
    let settings = Config::load(file)?.database;
    let url = settings.url.ok_or_else(|| {
        Problems::missing(
            "DATABASE__URL",
            "the embedded store has no shape to bring up to date",
        )
    })?;
    let database = Database::connect(DatabaseOptions {
        url,
        pool_size: settings.pool_size,
    });
    let (done, versions) = match arguments.down {
        None => ("applied", database.migrate().await),
        Some(steps) => ("taken back", database.revert(steps).await),
    };
    let versions = versions.map_err(anyhow::Error::from)?;
    if versions.is_empty() {
        return Ok(print("the database is up to date\n")?);
    }
    let lines: String = versions
        .iter()
        .map(|version| format!("{done} {version}\n"))
        .collect();
    Ok(print(&lines)?)
}
