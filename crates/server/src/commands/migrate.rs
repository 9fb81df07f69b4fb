//! `fleetwatch migrate`: applies or reverts migrations of the database.

use std::path::Path;

use adapters_postgres::{Database, DatabaseOptions};
use anyhow::Context as _;
use application::Error;
use clap::Args;

use super::{number::whole, print};
use crate::{
    config::{Config, Problems},
    failure::Failure,
    stores::until_reachable,
};

/// Arguments of `fleetwatch migrate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Revert the last migrations instead, LOSING THE DATA that they added
    #[arg(
        long,
        value_name = "STEPS",
        num_args = 0..=1,
        default_missing_value = "1",
        value_parser = whole(1..=1_000_usize)
    )]
    down: Option<usize>,
}

/// Applies missing migrations, or reverts the last ones, and prints their versions. If `DATABASE__OWNER_URL` is set,
/// its role does this and, after applying, grants the role of `DATABASE__URL` the rights that a server needs.
///
/// # Errors
/// Fails if the configuration is invalid, the database is unavailable, or a migration fails.
pub async fn run(file: Option<&Path>, arguments: &Arguments) -> Result<(), Failure> {
    let settings = Config::load(file)?.database;
    let url = settings
        .url
        .ok_or_else(|| Problems::missing("DATABASE__URL", "the embedded store has no schema to migrate"))?;
    let server = url.role().map(str::to_owned);
    let owner = settings
        .owner_url
        .as_ref()
        .and_then(adapters_postgres::DatabaseUrl::role);
    // The owner already has all rights, so they are granted only to another role.
    let lesser = server.filter(|server| owner.is_some_and(|owner| owner != server));
    let database = Database::connect(DatabaseOptions {
        url: settings.owner_url.unwrap_or(url),
        pool_size: settings.pool_size,
    });
    until_reachable(&database, settings.startup_wait).await?;
    let (done, versions) = match arguments.down {
        None => ("applied", database.migrate().await),
        Some(steps) => ("reverted", database.revert(steps).await),
    };
    let versions = versions.map_err(|error| match error {
        Error::Invalid(faults) => Failure::Usage(format!("--{faults}")),
        error => Failure::Other(error.into()),
    })?;
    if let (Some(role), None) = (&lesser, arguments.down) {
        let opened = database.open_to(role).await.map_err(anyhow::Error::from);
        opened.with_context(|| format!("cannot grant the server's role {role} its privileges"))?;
    }
    if versions.is_empty() {
        return Ok(print("the database is up to date\n")?);
    }
    let lines: String = versions
        .iter()
        .map(|version| format!("{done} {version}\n"))
        .collect();
    Ok(print(&lines)?)
}
